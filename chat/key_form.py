"""The form in which a key is made: by a person for themselves, and by staff for somebody."""

from datetime import timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from chat.keys import is_full
from chat.models import ApiKey
from chat.models.conversations import in_one_line, is_visible
from chat.models.keys import Scope, all_scopes

DAYS_AT_FIRST = 90
DAYS_MAX = 3650
TOO_MANY = _("There are as many keys as one person may have. Revoke one first.")


class KeyForm(forms.ModelForm):
    """What a key may do, how much of it, and for how long."""

    scopes = forms.MultipleChoiceField(
        label=_("May"),
        choices=Scope,
        initial=all_scopes,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("A key that may do nothing is of no use.")},
    )
    days = forms.IntegerField(
        label=_("Expires after (days)"),
        required=False,
        min_value=1,
        max_value=DAYS_MAX,
        initial=DAYS_AT_FIRST,
        help_text=_("Empty: never."),
    )

    class Meta:
        model = ApiKey
        fields: tuple[str, ...] = (
            "name",
            "scopes",
            "rate_per_minute",
            "budget_usd",
            "days",
            "keeps_conversations",
        )
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}
        labels = {
            "name": _("Name"),
            "rate_per_minute": _("Messages per minute"),
            "budget_usd": _("Budget per month (USD)"),
            "keeps_conversations": _("Keep conversations that come through /v1/"),
        }
        help_texts = {
            "name": _("What it is for, so that you know it again."),
            "rate_per_minute": _("Empty: as for yourself."),
            "budget_usd": _("Empty: as for yourself. 0: only models that cost nothing."),
            "keeps_conversations": _(
                "Those of OpenAI's and Anthropic's clients. Otherwise they are deleted when read."
            ),
        }

    def clean_name(self) -> str:
        name = in_one_line(self.cleaned_data["name"])
        if not is_visible(name):
            raise forms.ValidationError(_("A key needs a name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        owner = cleaned.get("owner")
        owner_id = owner.id if owner else self.instance.owner_id
        if owner_id and is_full(owner_id):
            raise forms.ValidationError(TOO_MANY)
        if days := cleaned.get("days"):
            self.instance.expires_at = timezone.now() + timedelta(days=days)
        return cleaned


class StaffKeyForm(KeyForm):
    """The same, with whom it is for."""

    class Meta(KeyForm.Meta):
        fields = ("owner", *KeyForm.Meta.fields)

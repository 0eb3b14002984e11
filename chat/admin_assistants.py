"""Assistants in the admin: made and changed by staff, their prompts with every version."""

import unicodedata
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from chat.assistants import write_prompt
from chat.models import Assistant, PromptVersion, User
from chat.models.assistants import PROMPT_MAX_CHARS, STARTER_MAX_CHARS, STARTERS_MAX
from chat.placeholders import PLACEHOLDERS, unknown_in

LETTERS_MAX = 2
# All but the prompt: whoever saves the form must not bring an older version back.
SAVED = [
    field.name for field in Assistant._meta.concrete_fields if field.name not in ("id", "prompt")
]


class AssistantForm(forms.ModelForm):
    """Checks what would otherwise be found out in an answer."""

    prompt_text = forms.CharField(
        label=_("Prompt"),
        required=False,
        strip=False,
        max_length=PROMPT_MAX_CHARS,
        widget=AdminTextareaWidget(attrs={"rows": 16}),
        help_text=format_lazy(
            "{} {}",
            _("What every model is told first. It may name:"),
            ", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
        ),
    )
    model = forms.ChoiceField(
        label=_("pinned model"),
        required=False,
        help_text=_("Asked first, whatever the question; the others follow when it fails."),
    )

    class Meta:
        model = Assistant
        fields = (
            "name", "picture", "description", "prompt_text", "starters", "tier", "model",
            "temperature", "output_tokens_max", "gives_instant_answers", "caches_answers",
            "is_public", "position", "is_offered", "is_default",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        assistant = self.instance
        self.was_default = assistant.is_default and not assistant._state.adding
        if assistant.prompt:
            self.fields["prompt_text"].initial = assistant.prompt.text
        names = [str(model) for model in settings.CHAT_MODELS.models]
        if assistant.model and assistant.model not in names:
            names.append(assistant.model)
        choices = [("", gettext("none")), *((name, name) for name in names)]
        cast(forms.ChoiceField, self.fields["model"]).choices = choices

    def clean_prompt_text(self) -> str:
        text = str(self.cleaned_data["prompt_text"]).replace("\r\n", "\n").rstrip()
        if unknown := unknown_in(text):
            raise ValidationError(
                gettext(
                    "There is no placeholder {unknown}. There are {known}. For braces that stay"
                    " as they are, double them: {doubled}."
                ).format(
                    unknown=", ".join(f"{{{name}}}" for name in unknown),
                    known=", ".join(f"{{{name}}}" for name in PLACEHOLDERS),
                    doubled=f"{{{{{unknown[0]}}}}}",
                )
            )
        return text

    def clean_picture(self) -> str:
        picture = str(self.cleaned_data["picture"])
        if any(unicodedata.category(char)[0] in "CZ" and char != "\u200d" for char in picture):
            raise ValidationError(gettext("One emoji, or one or two letters."))
        if sum(char.isalnum() for char in picture) > LETTERS_MAX:
            raise ValidationError(gettext("One emoji, or one or two letters."))
        return picture

    def clean_starters(self) -> str:
        lines = [line.strip() for line in str(self.cleaned_data["starters"]).splitlines()]
        lines = [line for line in lines if line]
        if len(lines) > STARTERS_MAX or any(len(line) > STARTER_MAX_CHARS for line in lines):
            raise ValidationError(
                gettext("At most {count} lines of at most {length} characters.").format(
                    count=STARTERS_MAX, length=STARTER_MAX_CHARS
                )
            )
        return "\n".join(lines)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean() or self.cleaned_data
        if self.was_default and not cleaned.get("is_default"):
            self.add_error("is_default", gettext("Make another assistant the default instead."))
        if cleaned.get("is_default") and not cleaned.get("is_offered"):
            self.add_error("is_offered", gettext("The default assistant is always offered."))
        if cleaned.get("is_public") and not cleaned.get("caches_answers"):
            told = gettext("Answers that are not repeated are nobody else’s either.")
            self.add_error("is_public", told)
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        # Saving takes the mark from the one that has it.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded | {"is_default"}


class PromptVersionInline(admin.TabularInline):
    """What the assistant was told before, and by whom."""

    model = PromptVersion
    fields = readonly_fields = ("number", "created_at", "author", "text")
    extra = 0
    can_delete = False
    verbose_name_plural = _("versions of the prompt, the newest first")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class AssistantAdmin(admin.ModelAdmin):
    """Staff make them; nobody deletes one, because conversations belong to it."""

    form = AssistantForm
    inlines = (PromptVersionInline,)
    list_display = (
        "shown", "description", "version", "tier", "model", "is_offered", "is_default",
    )  # fmt: skip
    list_select_related = ("prompt",)
    list_filter = ("is_offered", "tier")
    search_fields = ("name", "description", "prompt__text")
    fieldsets = (
        (None, {"fields": ("name", "picture", "description", "is_offered", "is_default")}),
        (_("What it is told"), {"fields": ("prompt_text", "placeholders", "starters")}),
        (
            _("How it answers"),
            {"fields": ("tier", "model", "temperature", "output_tokens_max", "position")},
        ),
        (
            _("Answers without a model"),
            {"fields": ("gives_instant_answers", "caches_answers", "is_public")},
        ),
    )
    readonly_fields = ("placeholders",)

    @admin.display(ordering="name", description=_("assistant"))
    def shown(self, assistant: Assistant) -> str:
        return f"{assistant.face} {assistant.name}"

    @admin.display(ordering="prompt__number", description=_("version of the prompt"))
    def version(self, assistant: Assistant) -> int | str:
        return assistant.prompt.number if assistant.prompt else "–"

    @admin.display(description=_("placeholders"))
    def placeholders(self, assistant: Assistant) -> SafeString:
        rows = ((f"{{{name}}}", means) for name, means in PLACEHOLDERS.items())
        return format_html("<ul>{}</ul>", format_html_join("", "<li><code>{}</code> {}</li>", rows))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Assistant, form: Any, change: bool) -> None:
        with transaction.atomic():
            if obj.is_default:
                others = Assistant.objects.filter(is_default=True).exclude(id=obj.id)
                others.update(is_default=False)
            obj.save(update_fields=SAVED if change else None)
            write_prompt(obj, form.cleaned_data["prompt_text"], cast(User, request.user))

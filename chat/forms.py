"""Forms."""

from typing import Any

from django import forms
from django.contrib.auth.forms import (
    AuthenticationForm,
    BaseUserCreationForm,
    PasswordChangeForm,
    SetPasswordMixin,
    UsernameField,
)
from django.utils.translation import gettext_lazy as _

from chat.models import Conversation, User
from chat.models.conversations import in_one_line, is_visible


class _FocusOnMistake(forms.BaseForm):
    """A form that comes back has the focus where something has to be written anew."""

    def full_clean(self) -> None:
        super().full_clean()
        if not self.errors:
            return
        wrong = next((name for name in self.fields if name in self.errors), "password")
        for name, field in self.fields.items():
            field.widget.attrs["autofocus"] = name == wrong


class SignInForm(_FocusOnMistake, AuthenticationForm):
    """Name and password."""

    error_messages = {
        "invalid_login": _("That name and password do not belong together."),
        "inactive": _("This account has been closed."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The word that it had when the account was made.
        self.fields["username"].label = _("Name")


class _MistakeAtThePassword(SetPasswordMixin):
    """What is wrong with a password is said there, not at its repetition."""

    def validate_password_for_user(
        self, user: User, password_field_name: str = "password2"
    ) -> None:
        first = f"{password_field_name.removesuffix('2')}1"
        super().validate_password_for_user(user, first)


class SignUpForm(_FocusOnMistake, _MistakeAtThePassword, BaseUserCreationForm):
    """A new person: a name and a password, nothing else is asked."""

    class Meta:
        model = User
        fields = ["username"]
        labels = {"username": _("Name")}
        help_texts = {"username": ""}
        error_messages = {
            "username": {"invalid": _("A name has letters, digits and @ . + - _ only.")},
        }
        # Password managers recognise its attributes; it also normalises the name.
        field_classes = {"username": UsernameField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].help_text = _("At least 8 characters, and not a common word.")
        self.fields["password2"].label = _("Password, once more")
        self.fields["password2"].help_text = ""

    def clean_username(self) -> str:
        # The same word in other letters would be taken for the same person.
        username: str = self.cleaned_data["username"]
        if User.objects.filter(username__iexact=username).exists():
            raise forms.ValidationError(_("This name is taken."), code="taken")
        return username


class PasswordForm(_MistakeAtThePassword, PasswordChangeForm):
    """Another password for the person who is signed in."""


class RenameForm(forms.ModelForm):
    """A conversation's title."""

    class Meta:
        model = Conversation
        fields = ["title"]

    def clean_title(self) -> str:
        title = in_one_line(self.cleaned_data["title"])
        if not is_visible(title):
            raise forms.ValidationError(_("A title has between 1 and 80 characters."))
        return title

"""Signing up, in and out, and a person's settings."""

from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.db import IntegrityError, transaction
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django.views.generic import CreateView

from chat.attempts import counted
from chat.forms import PasswordForm, SignInForm, SignUpForm


@method_decorator(counted("sign-up"), name="dispatch")
class SignUp(CreateView):
    """Makes an account and signs the person in."""

    form_class = SignUpForm
    template_name = "accounts/sign_up.html"
    success_url = reverse_lazy("home")

    def dispatch(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if request.user.is_authenticated:
            return redirect("home")
        return super().dispatch(request, *args, **kwargs)

    def form_valid(self, form: ModelForm) -> HttpResponse:
        try:
            with transaction.atomic():
                user = form.save()
        except IntegrityError:
            # Somebody took the name in this moment.
            form.add_error("username", _("This name is taken."))
            return self.form_invalid(form)
        login(self.request, user)
        return HttpResponseRedirect(str(self.success_url))


@method_decorator(counted("sign-in"), name="dispatch")
class SignInPage(LoginView):
    """Opens a session."""

    authentication_form = SignInForm
    template_name = "accounts/sign_in.html"
    redirect_authenticated_user = True


class SignOut(LogoutView):
    """Ends the session (POST only); nothing of the person stays on the device.

    Pages kept to be shown without a connection, drafts and messages not sent yet go, also what
    the browser remembers to go back to. The page that follows does the same by script where a
    browser does not know the header (static/js/left.js).
    """

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        response = super().post(request, *args, **kwargs)
        response["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def get_default_redirect_url(self) -> str:
        return f"{super().get_default_redirect_url()}?left=1"


class PasswordChange(PasswordChangeView):
    """A new password for the person who is signed in."""

    form_class = PasswordForm
    template_name = "accounts/password_change.html"
    success_url = reverse_lazy("settings")

    def form_valid(self, form) -> HttpResponse:  # type: ignore[no-untyped-def]
        messages.success(self.request, _("Your password has been changed."))
        return super().form_valid(form)


@require_safe
@login_required
def settings(request: HttpRequest) -> HttpResponse:
    """A person's settings."""
    return render(request, "accounts/settings.html")

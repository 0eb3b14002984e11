"""API keys on a person's settings page: made, listed, revoked."""

import uuid

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from chat import keys
from chat.budgets import spent_by_keys
from chat.key_form import TOO_MANY, KeyForm
from chat.models import ApiKey, User
from chat.models.costs import in_usd
from chat.views.people import person

# Of those that no longer open anything, the newest are shown.
ENDED_SHOWN = 20


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@cache_control(private=True, no_store=True)
@sensitive_variables("secret")
def listed(request: HttpRequest) -> HttpResponse:
    """The keys there are, and the form that makes one.

    The answer to the form is the only page that ever has the secret: it is in no session, and no
    redirect could carry it.
    """
    owner = person(request)
    if request.method != "POST":
        return _page(request, owner, KeyForm(instance=ApiKey(owner=owner)))
    new_id = _id(request.POST.get("id", ""))
    if ApiKey.objects.filter(id=new_id).exists():
        return _made_before(request)
    form = KeyForm(request.POST, instance=ApiKey(id=new_id, owner=owner))
    if not form.is_valid():
        return _page(request, owner, form)
    try:
        key = form.instance
        secret = keys.make(key)
    except keys.AlreadyMade:
        return _made_before(request)
    except keys.TooManyKeys:
        form.add_error(None, TOO_MANY)
        return _page(request, owner, form)
    form = KeyForm(instance=ApiKey(owner=owner))
    return _page(request, owner, form, made=key, secret=secret)


def _made_before(request: HttpRequest) -> HttpResponse:
    """The page that came back was loaded anew, or sent twice: one form makes one key."""
    messages.info(request, _("This key has been made, and was shown once."))
    return redirect("keys")


@sensitive_variables("secret")
def _page(
    request: HttpRequest,
    owner: User,
    form: KeyForm,
    *,
    made: ApiKey | None = None,
    secret: str = "",
) -> HttpResponse:
    own = ApiKey.objects.filter(owner=owner)
    in_use = list(keys.in_use(own))
    budgets = spent_by_keys(
        (key.id for key in in_use if key.budget_usd is not None), timezone.now()
    )
    context = {
        "form": form,
        "new_id": form.instance.id,
        "keys": [(key, f"{in_usd(budgets.get(key.id, 0)):.2f}") for key in in_use],
        "ended": _ended(own, in_use),
        "made": made,
        "secret": secret,
    }
    return render(request, "accounts/keys.html", context)


def _ended(own: QuerySet[ApiKey], in_use: list[ApiKey]) -> QuerySet[ApiKey]:
    return own.exclude(id__in=[key.id for key in in_use])[:ENDED_SHOWN]


def _id(value: str) -> uuid.UUID:
    try:
        return uuid.UUID(value)
    except ValueError:
        raise Http404 from None


@require_POST
@login_required
def revoke(request: HttpRequest, key_id: uuid.UUID) -> HttpResponse:
    """End a key, at once and for good."""
    key = ApiKey.objects.filter(owner=person(request), id=key_id)
    if not key.exists():
        raise Http404
    keys.revoke(key)
    messages.success(request, _("The key no longer works."))
    return redirect("keys")

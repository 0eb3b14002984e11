"""What a person is told whose budget is used up, and which models cost nothing."""

from django.conf import settings
from django.utils.translation import gettext_noop

from chat.budgets import OverBudget
from config.catalogue import Model
from streaming.discovered import model_of
from streaming.errors import BudgetExceeded

# By whose budget it is, and by the period.
SENTENCES = {
    (False, "day"): gettext_noop(
        "Your budget for today is used up. It begins anew at midnight (UTC)."
    ),
    (False, "month"): gettext_noop(
        "Your budget for this month is used up. It begins anew on the first of the next month."
    ),
    (True, "day"): gettext_noop(
        "The budget of this service for today is used up. It begins anew at midnight (UTC)."
    ),
    (True, "month"): gettext_noop(
        "The budget of this service for this month is used up. It begins anew on the first of the "
        "next month."
    ),
}
OF_A_KEY = gettext_noop(
    "The budget of this API key for this month is used up. It begins anew on the first of the next "
    "month."
)
UNDER_WAY = gettext_noop(
    "What is left of the budget may be needed by the answers that are being written. Please wait "
    "for them."
)


def exceeded(over: OverBudget) -> BudgetExceeded:
    """The refusal, with the seconds until it is worth trying again."""
    if over.under_way:
        sentence = UNDER_WAY
    elif over.key:
        sentence = OF_A_KEY
    else:
        sentence = SENTENCES[over.whole, settings.CHAT_BUDGET_PERIOD]
    return BudgetExceeded(sentence, retry_after=round(over.seconds, 1))


def costs_of(provider: str, name: str) -> tuple[bool, bool]:
    """Whether the model that was asked for costs something, and whether there is one that does
    not; without a name it is any of them."""
    models = settings.CHAT_MODELS.models
    can_be_free = any(map(is_free, models))
    wanted = [one for one in models if (one.provider, one.name) == (provider, name)]
    if not wanted and (offered := model_of(provider, name)):
        wanted = [offered]
    return not (wanted and is_free(wanted[0])), can_be_free


def is_free(model: Model) -> bool:
    """Whether a budget has nothing to say to it: it runs here, or on a server of one's own.

    What a vendor serves costs something, also where its price is not known.
    """
    if model.provider == "local":
        return True
    is_elsewhere = model.provider == "openai" and settings.OPENAI_BASE_URL
    if not is_elsewhere and model.provider not in settings.CHAT_ENDPOINTS:
        return False
    # Loaded where it is needed: most web processes never ask.
    from streaming.providers.base import Usage
    from streaming.providers.prices import cost_usd, is_vendors

    cost = cost_usd(model.provider, model.name, Usage(1_000_000, 1_000_000))
    return not is_vendors(model.provider) if cost is None else not cost

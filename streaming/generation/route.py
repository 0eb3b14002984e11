"""Which models may answer, and in which order they are asked."""

from collections.abc import Sequence

from chat.models import Message
from config.catalogue import LOCAL, Catalogue, Model, Tier
from streaming.discovered import model_of
from streaming.generation.attempts import SoFar
from streaming.intake.budget import is_free
from streaming.providers.registry import provider


def tier(said: Sequence[Message]) -> Tier:
    """The tier for what was said last; until something weighs it, every question is a hard one."""
    return "cloud"


def candidates(catalogue: Catalogue, reply: Message, tier: Tier) -> list[Model]:
    """All models, the best first.

    The one that was asked for, then those of the tier, then those of the other tier, each in
    the order of their list; last the local model, unless a list names it. There is no choice
    without an alternative: when the model that was asked for fails, the others follow.
    """
    lists = [catalogue.cloud, catalogue.regional]
    if tier != "cloud":
        lists.reverse()
    ordered = [model for models in (*lists, catalogue.spare) for model in models]
    wanted = [one for one in ordered if (one.provider, one.name) == (reply.provider, reply.model)]
    if not wanted and (offered := model_of(reply.provider, reply.model)):
        wanted = [offered]
    models = wanted + [model for model in ordered if model not in wanted]
    if not reply.free_only:
        return models
    # The budget was used up when it was accepted; if there is no free one any more, it fails.
    return [model for model in models if is_free(model)] or [LOCAL]


def who_goes_on(candidates: Sequence[Model], before: SoFar, *, whole: bool) -> Model | None:
    """The model that goes on with what it said in an earlier attempt, if there is one.

    ``whole``: nothing of what it said is missing.
    """
    # Nothing but white space is no beginning to a model.
    if not whole or not before.text.strip():
        return None
    for model in candidates:
        if (model.provider, model.name) == before.speaker:
            return model if provider(model.provider).continues else None
    return None

"""Which models may answer, and in which order they are asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from chat.models import Message
from config.catalogue import Catalogue, Model, Tier
from streaming.discovered import model_of
from streaming.intake.budget import is_free
from streaming.routing import Verdict, classify, question


@dataclass(frozen=True, slots=True)
class Route:
    """The models that may answer, the best first, and why it is these.

    ``tier`` is the assistant's where it is set to one, else the verdict's. ``ranked`` are the
    models as they would be asked, whatever there is left to pay them with; ``candidates``, of
    which there may be none, those that may.
    """

    tier: Tier
    ranked: list[Model]
    candidates: list[Model]
    kept: dict[str, Any]


def route(catalogue: Catalogue, reply: Message, said: Sequence[Message]) -> Route:
    """The way to an answer to what was said last; the same at every attempt."""
    pinned = pinned_tier(reply)
    verdict = tier(said)
    noted = {"pinned": pinned, "tier": pinned} if pinned else {}
    chosen = pinned or verdict.tier
    ranking = ranked(catalogue, reply, chosen)
    return Route(
        chosen,
        ranking,
        allowed(ranking, reply),
        # With what was noted when the message was accepted.
        {**reply.route, **verdict.as_json(), **noted},
    )


def tier(said: Sequence[Message]) -> Verdict:
    """Which tier is to answer what was said last, and why."""
    return classify(question(said))


def tier_of(reply: Message, said: Sequence[Message]) -> Tier:
    """The tier that the reply's assistant is set to; else the one for what was said last."""
    return pinned_tier(reply) or tier(said).tier


def pinned_tier(reply: Message) -> Tier | None:
    """The tier that staff have set the reply's assistant to."""
    match reply.prompt.assistant.tier if reply.prompt else "":
        case "regional":
            return "regional"
        case "cloud":
            return "cloud"
    return None


def candidates(catalogue: Catalogue, reply: Message, tier: Tier) -> list[Model]:
    """The models that may answer, the best first."""
    return allowed(ranked(catalogue, reply, tier), reply)


def ranked(catalogue: Catalogue, reply: Message, tier: Tier) -> list[Model]:
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
    return wanted + [model for model in ordered if model not in wanted]


def allowed(models: list[Model], reply: Message) -> list[Model]:
    """Those that the budget allows: none where it was used up when the reply was accepted, and
    what was free then is there no more."""
    return [model for model in models if is_free(model)] if reply.free_only else models

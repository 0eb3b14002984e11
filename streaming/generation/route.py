"""Which models may answer, and in which order they are asked."""

from collections.abc import Sequence

from chat.models import Message
from config.catalogue import Catalogue, Model, Tier


def tier(said: Sequence[Message]) -> Tier:
    """The tier for what was said last; until something weighs it, every question is a hard one."""
    return "cloud"


def tier_of(reply: Message, said: Sequence[Message]) -> Tier:
    """The tier that the reply's assistant is set to; else the one for what was said last."""
    match reply.prompt.assistant.tier if reply.prompt else "":
        case "regional":
            return "regional"
        case "cloud":
            return "cloud"
    return tier(said)


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
    return wanted + [model for model in ordered if model not in wanted]

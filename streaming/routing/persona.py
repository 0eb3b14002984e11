"""Who answers: the assistant's words and limits, with the person's values in place."""

import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo

from django.utils.translation import get_language_info

from chat.context import one_line
from chat.models import Message
from chat.options import Options
from chat.placeholders import fill, named_in

UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Persona:
    """What an assistant adds to a request; by default nothing. ``tier`` is empty for any.

    A program's own wishes come on top of it: its words after the prompt, the smaller limit.
    """

    system: str = ""
    tier: str = ""
    temperature: float | None = None
    output_tokens_max: int | None = None
    stop: tuple[str, ...] = ()


NOBODY = Persona()


def persona(reply: Message, said: Sequence[Message]) -> Persona:
    """The persona of a reply that was loaded by `chat.questions.asked`.

    The same for every attempt at it: the day is that on which it was accepted.
    """
    return _asked_for(_of_assistant(reply, said), said)


def _asked_for(who: Persona, said: Sequence[Message]) -> Persona:
    options = Options.of(said[-1].options if said else None)
    if not options:
        return who
    limits = [one for one in (who.output_tokens_max, options.max_tokens) if one]
    return replace(
        who,
        system="\n\n".join(filter(str.strip, (who.system, options.system))),
        temperature=who.temperature if options.temperature is None else options.temperature,
        output_tokens_max=min(limits, default=None),
        stop=options.stop,
    )


def _of_assistant(reply: Message, said: Sequence[Message]) -> Persona:
    if reply.prompt is None:
        return NOBODY
    assistant, text = reply.prompt.assistant, reply.prompt.text
    if named_in(text):
        context = (said[-1].context if said else None) or {}
        owner = reply.conversation.owner
        name = one_line(owner.get_full_name()) or one_line(owner.get_username())
        text = fill(text, values(context, name, reply.created_at))
    return Persona(
        system=text,
        tier=assistant.tier,
        temperature=assistant.temperature,
        output_tokens_max=assistant.output_tokens_max,
    )


def named(reply: Message, said: Sequence[Message]) -> str:
    """All by which an assistant, or a program's wishes, change an answer, for the name that the
    cache keeps it under.

    The version of the prompt, what it says with the person's values in place, and the limits.
    """
    who = persona(reply, said)
    limits = (who.tier, who.temperature, who.output_tokens_max, *who.stop)
    return repr((reply.prompt_id, who.system, *limits)) if reply.prompt or who != NOBODY else ""


def values(context: Mapping[str, str], name: str, when: datetime) -> dict[str, str]:
    """The placeholders' values.

    The day without the time, and no figure that changes within it: a provider keeps a prompt
    that begins with the same words, and charges less for it.
    """
    zone = _zone(context.get("time_zone", ""))
    return {
        "name": name,
        "language": _language(context.get("language", "")),
        "time_zone": "UTC" if zone is UTC else str(zone),
        "date": f"{when.astimezone(zone):%Y-%m-%d (%A)}",
        "location": one_line(context.get("location", "")) or UNKNOWN,
    }


def _zone(name: str) -> tzinfo:
    try:
        return zoneinfo.ZoneInfo(name) if name else UTC
    except (KeyError, ValueError, OSError):
        # Known to the machine that accepted the message, and not to this one.
        return UTC


def _language(code: str) -> str:
    """The language's English name, as models are told it best; else its code."""
    if not code:
        return UNKNOWN
    try:
        return str(get_language_info(code)["name"])
    except KeyError:
        return code

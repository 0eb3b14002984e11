"""What a program wants: its messages and wishes, checked, whichever protocol they came by."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field

from chat.beginnings import Said
from chat.options import Options
from streaming.errors import BadFrame, MessageTooLong
from streaming.intake.checks import check_storable

MESSAGES_MAX = 1_000
PARTS_MAX = 1_000
CHARS_MAX = 1_000_000
SYSTEM_CHARS_MAX = 200_000
STOPS_MAX = 4
STOP_CHARS_MAX = 200

Role = Literal["system", "user", "assistant"]

Entry = TypeVar("Entry")
# Left at the first mistake: a body of two million wrong entries would else be as many mistakes,
# which take gigabytes and half a minute in which nobody is answered.
Listed = Annotated[list[Entry], Field(fail_fast=True)]
Parts = Annotated[list[dict[str, Any]], Field(max_length=PARTS_MAX, fail_fast=True)]


class BadParameter(BadFrame):
    """What is wrong with one field; ``param`` is its path."""

    def __init__(self, param: str, sentence: str) -> None:
        super().__init__(sentence)
        self.param = param


@dataclass(frozen=True, slots=True)
class Line:
    """One message of a request, and where it stands in it."""

    role: Role
    text: str
    param: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request. ``text`` is to be answered, ``said`` came before it; ``model`` as it was named."""

    model: str
    text: str
    said: tuple[Said, ...]
    options: Options
    is_streamed: bool = False
    tells_usage: bool = False


def wanted(lines: Sequence[Line], model: str, options: Options, **how: bool) -> Wanted:
    """The request that these messages make, wherever its instructions stand among them.

    Raises BadParameter, MessageTooLong.
    """
    if sum(len(line.text) for line in lines) > CHARS_MAX:
        raise MessageTooLong("The messages have more than {limit} characters.", limit=CHARS_MAX)
    if len(lines) > MESSAGES_MAX:
        raise BadParameter("messages", f"More than {MESSAGES_MAX:,} messages.")
    for line in lines:
        _check_storable(line)
    system = "\n\n".join(line.text for line in lines if line.role == "system" and line.text)
    if len(system) > SYSTEM_CHARS_MAX:
        limit = SYSTEM_CHARS_MAX
        raise MessageTooLong("The instructions have more than {limit} characters.", limit=limit)
    said = [line for line in lines if line.role != "system"]
    if not said or said[-1].role != "user":
        raise BadParameter("messages", "The last message must be the user's.")
    if not said[-1].text.strip():
        raise BadParameter(said[-1].param, "The last message is empty.")
    earlier = tuple(
        Said("user" if line.role == "user" else "assistant", line.text)
        for line in said[:-1]
        if line.text.strip()
    )
    options = Options(system, options.temperature, options.max_tokens, options.stop)
    return Wanted(model, said[-1].text, earlier, options, **how)


def _check_storable(line: Line) -> None:
    try:
        check_storable(line.text)
    except BadFrame as error:
        raise BadParameter(line.param, error.sentence) from None


def text_of(content: str | Sequence[Mapping[str, Any]] | None, param: str) -> str:
    """The text of a message that is one, or has parts of it. Raises BadParameter for others."""
    if content is None or isinstance(content, str):
        return content or ""
    texts = []
    for index, part in enumerate(content):
        kind, text = part.get("type"), part.get("text")
        if kind in THOUGHTS:
            continue
        if kind != "text" or not isinstance(text, str):
            raise BadParameter(
                f"{param}.{index}", f"Only text is understood here, not {kind!r:.40}."
            )
        texts.append(text)
    return "".join(texts)


# What a model thought before an earlier answer is never told to a model again.
THOUGHTS = frozenset({"thinking", "redacted_thinking"})


def stops(given: str | Sequence[str] | None, param: str) -> tuple[str, ...]:
    """The texts before which the answer ends. Raises BadParameter."""
    listed = (given,) if isinstance(given, str) else tuple(given or ())
    if len(listed) > STOPS_MAX:
        raise BadParameter(param, f"More than {STOPS_MAX} stop sequences.")
    for one in listed:
        if not 1 <= len(one) <= STOP_CHARS_MAX:
            raise BadParameter(param, f"A stop sequence has 1 to {STOP_CHARS_MAX} characters.")
        _check_storable(Line("user", one, param))
    return listed

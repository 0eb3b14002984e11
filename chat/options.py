"""What a program asks for beside its words: kept with its message, handed to the models."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Options:
    """Wishes of one request; by default none.

    ``system`` are the program's own instructions; ``max_tokens`` the longest answer;
    ``stop`` are texts before which the answer ends.
    """

    system: str = ""
    temperature: float | None = None
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self != NONE

    @classmethod
    def of(cls, kept: Mapping[str, Any] | None) -> "Options":
        """What `kept` gave; a person's message has none."""
        if not kept:
            return NONE
        return cls(**{**kept, "stop": tuple(kept.get("stop", ()))})

    def kept(self) -> dict[str, Any]:
        """For the message's row; what was not asked for is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "", ())}


NONE = Options()

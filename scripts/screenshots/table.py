"""The table of states: each is a function that brings a page there."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from playwright.async_api import Page

if TYPE_CHECKING:
    from scripts.screenshots.scene import Scene

Reach = Callable[["Scene", Page], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Look:
    """A size and a colour scheme; ``suffix`` is for the file's name."""

    suffix: str
    words: str
    options: dict[str, Any]


_PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DESKTOP = Look("", "", {"viewport": {"width": 1200, "height": 760}})
DARK = Look("-dark", "dark", DESKTOP.options | {"color_scheme": "dark"})
PHONE = Look("-phone", "on a phone", _PHONE)
PHONE_DARK = Look("-phone-dark", "on a phone, dark", _PHONE | {"color_scheme": "dark"})
EVERYWHERE = (DESKTOP, DARK, PHONE, PHONE_DARK)


@dataclass(frozen=True, slots=True)
class State:
    """One state, and the looks it is shown in. ``who`` is whose session the page has."""

    name: str
    words: str
    reach: Reach
    looks: tuple[Look, ...] = (DESKTOP,)
    who: str = "guest"
    scripts: bool = True
    language: str = "en"

    def file(self, look: Look) -> str:
        return f"{self.name}{look.suffix}.png"

    def alt(self, look: Look) -> str:
        """What the picture shows, in words."""
        return f"{self.words} ({look.words})" if look.words else self.words


STATES: list[State] = []


def state(name: str, words: str, *looks: Look, **more: Any) -> Callable[[Reach], Reach]:
    """Note a state; the order in the files is the order on the page."""

    def note(reach: Reach) -> Reach:
        STATES.append(State(name, words, reach, looks or (DESKTOP,), **more))
        return reach

    return note


class Skipped(Exception):
    """This state cannot be reached here; the text says why."""

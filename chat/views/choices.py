"""Which models a person may choose from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from chat.models import Conversation
from config.catalogue import Catalogue, Model

Offered = Callable[[], Sequence[Model]]
_offered: Offered = tuple


def install(offered: Offered) -> None:
    """Name the function that knows models which no list names. Called once, at the start."""
    global _offered
    _offered = offered


@dataclass(frozen=True, slots=True)
class Choice:
    """One model in the list; ``is_chosen`` when the page is opened.

    ``is_listed``: the settings name it, so that it is worth a place in every list of the page.
    """

    value: str
    name: str
    is_chosen: bool
    is_listed: bool = True


def choices(
    catalogue: Catalogue, conversation: Conversation | None, drafted: str = ""
) -> list[Choice]:
    """The models of the catalogue and those that endpoints offer; none where there is one.

    ``drafted`` was chosen for a message that came back. Where two providers have a model of the
    same name, the provider is named too.
    """
    listed = catalogue.models
    models = [*listed, *_offered()]
    if len(models) < 2:
        return []
    wanted = drafted or (conversation.wanted_model if conversation else "")
    names = [model.name for model in models]
    return [
        Choice(
            str(model),
            str(model) if names.count(model.name) > 1 else model.name,
            str(model) == wanted,
            model in listed,
        )
        for model in models
    ]


def usable(catalogue: Catalogue, wanted: str) -> str:
    """The same, empty where there is no such model any more. Asks Redis: for threads."""
    return wanted if wanted in map(str, (*catalogue.models, *_offered())) else ""

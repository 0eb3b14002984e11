"""Which models a person may choose from."""

from dataclasses import dataclass

from chat.models import Conversation
from config.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Choice:
    """One model in the list; ``is_chosen`` when the page is opened."""

    value: str
    name: str
    is_chosen: bool


def choices(
    catalogue: Catalogue, conversation: Conversation | None, drafted: str = ""
) -> list[Choice]:
    """The models of the catalogue, none where there is nothing to choose between.

    ``drafted`` was chosen for a message that came back. Where two providers have a model of the
    same name, the provider is named too.
    """
    if len(catalogue.models) < 2:
        return []
    wanted = drafted or (conversation.wanted_model if conversation else "")
    names = [model.name for model in catalogue.models]
    return [
        Choice(
            str(model),
            str(model) if names.count(model.name) > 1 else model.name,
            str(model) == wanted,
        )
        for model in catalogue.models
    ]


def usable(catalogue: Catalogue, wanted: str) -> str:
    """The same, empty where there is no such model any more."""
    return wanted if wanted in map(str, catalogue.models) else ""

"""Who may be named as ``model``: an assistant, one of the models, or nobody in particular."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils.text import slugify

from chat import assistants
from chat.models import Assistant
from streaming.discovered import offered
from streaming.errors import BadFrame, NotFound
from streaming.intake.checks import choose

AUTO = "auto"
ASSISTANT = "assistant:"
# Nobody knows when a model was made; both vendors' clients want a date.
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class NoSuchModel(NotFound):
    """Neither an assistant nor a model."""


@dataclass(frozen=True, slots=True)
class Who:
    """One entry of the list of models."""

    id: str
    name: str
    owner: str
    created_at: datetime = UNKNOWN


async def chosen(model: str) -> tuple[str, uuid.UUID | None]:
    """The model's own name and no assistant, or the other way round. Raises NoSuchModel."""
    if model.startswith(ASSISTANT):
        for who_id, assistant in (await _assistants()).items():
            if model in (who_id, f"{ASSISTANT}{assistant.id}"):
                return "", assistant.id
        raise _no_such(model)
    try:
        await choose(settings.CHAT_MODELS, model)
    except BadFrame:
        raise _no_such(model) from None
    return model, None


def _no_such(model: str) -> NoSuchModel:
    return NoSuchModel(f"There is no model {model[:80]!r}; GET /v1/models lists those that are.")


async def everybody() -> list[Who]:
    """All that may be named: nobody in particular first, then assistants, then models."""
    listed = [Who(AUTO, "Auto", "rivulet")]
    for who_id, assistant in (await _assistants()).items():
        since = assistant.prompt.created_at if assistant.prompt else UNKNOWN
        listed.append(Who(who_id, assistant.name, "rivulet", since))
    models = [*settings.CHAT_MODELS.models, *await offered()]
    return [*listed, *(Who(str(one), one.name, one.provider) for one in models)]


def _by_id() -> dict[str, Assistant]:
    """By the name's slug, as far as that is nobody else's; else by the id."""
    found: dict[str, Assistant] = {}
    for one in assistants.offered().select_related("prompt"):
        slug = f"{ASSISTANT}{slugify(one.name, allow_unicode=True) or one.id}"
        found[f"{ASSISTANT}{one.id}" if slug in found else slug] = one
    return found


_assistants = database_sync_to_async(_by_id)

"""What a message must be before anybody is asked about it."""

from django.conf import settings
from django.utils.translation import gettext_noop

from chat.models.messages import CLIENT_ID_MAX_CHARS
from config.catalogue import Catalogue
from streaming.discovered import offered
from streaming.errors import BadFrame, EmptyMessage, MessageTooLong


def check_text(text: str) -> str:
    """The text as it will be kept. Raises EmptyMessage, MessageTooLong, BadFrame."""
    if not text.strip():
        raise EmptyMessage
    limit = settings.CHAT_MESSAGE_MAX_CHARS
    if len(text) > limit:
        raise MessageTooLong(
            gettext_noop("The message has {count} characters; at most {limit} are accepted."),
            count=len(text),
            limit=limit,
        )
    return check_storable(text)


def check_client_id(client_id: str) -> str:
    """Raises BadFrame."""
    if not 1 <= len(client_id) <= CLIENT_ID_MAX_CHARS:
        raise BadFrame(f"client_id must have 1 to {CLIENT_ID_MAX_CHARS} characters.")
    return check_storable(client_id)


def check_storable(text: str) -> str:
    """Raises BadFrame for what no database and no browser takes as text."""
    if "\x00" in text:
        raise BadFrame(gettext_noop("The text contains a NUL character."))
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadFrame(gettext_noop("The text contains half of a surrogate pair.")) from None
    return text


async def choose(catalogue: Catalogue, wanted: str) -> tuple[str, str]:
    """Provider and name of the model that was asked for, empty for "auto". Raises BadFrame.

    Models that an endpoint offers and no list names are known by their whole name.
    """
    if wanted in ("", "auto"):
        return "", ""
    for model in catalogue.models:
        if wanted in (str(model), model.name):
            return model.provider, model.name
    for model in await offered():
        if wanted == str(model):
            return model.provider, model.name
    raise BadFrame(gettext_noop("There is no such model."))

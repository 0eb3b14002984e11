"""Which model answers."""

from chat.models import Message
from config.catalogue import Catalogue, Model


def choose(catalogue: Catalogue, reply: Message) -> Model:
    """The model that was asked for, else the first one that is configured."""
    for model in catalogue.models:
        if (model.provider, model.name) == (reply.provider, reply.model):
            return model
    return catalogue.default

"""Asks the named endpoints which models they have."""

import asyncio
import logging

from django.conf import settings
from redis.exceptions import RedisError

from config.endpoints import Endpoint
from streaming.background import Background
from streaming.discovered import LIST_EVERY_SECONDS, offer
from streaming.errors import ProviderError
from streaming.providers import registry

DEADLINE_SECONDS = 5.0

logger = logging.getLogger("rivulet.discovery")


class Discovery(Background):
    """One per worker process. What goes wrong harms nobody: the lists are asked as before."""

    async def run(self) -> None:
        while True:
            endpoints = settings.CHAT_ENDPOINTS.values()
            await asyncio.gather(*(look(one) for one in endpoints))
            await asyncio.sleep(LIST_EVERY_SECONDS)


async def look(endpoint: Endpoint) -> None:
    """Ask one endpoint, and offer what it has; what it had is offered for a while if it fails."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            names = await registry.provider(endpoint.name).models()
            await offer(endpoint, names)
    except (ProviderError, RedisError, TimeoutError) as error:
        logger.info("%s: models not listed: %s", endpoint.name, type(error).__name__)
    except Exception as error:
        logger.warning("%s: models not listed: %s", endpoint.name, type(error).__name__)

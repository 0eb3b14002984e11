"""The one place that opens Redis, and the one place that names its keys."""

import contextlib
import hashlib
import uuid
from collections.abc import AsyncIterator, Sequence
from typing import Any

import redis
from django.conf import settings
from redis import exceptions
from redis.asyncio import BlockingConnectionPool, ConnectionPool
from redis.asyncio import Redis as Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import NoScriptError, ReadOnlyError
from redis.retry import Retry

from streaming.loops import OfLoop

# Commands of ours never block in Redis, so a longer silence is a dead connection.
COMMAND_TIMEOUT_SECONDS = 5
CONNECT_TIMEOUT_SECONDS = 3
POOL_CONNECTIONS = 32
PATIENCE_SECONDS = 30.0
PATIENCE_STEP_SECONDS = 0.5

_sync_client: redis.Redis | None = None


class Translated:
    """Tells a connection that is gone as redis-py's own error, whoever noticed it.

    uvloop raises RuntimeError where a transport is closed, and asyncio where two read at once;
    redis-py knows neither, and nobody would try again.
    """

    async def _send_packed_command(self, command: Any) -> None:
        try:
            await super()._send_packed_command(command)  # type: ignore[misc]
        except (RuntimeError, AttributeError) as error:
            raise exceptions.ConnectionError(f"gone: {type(error).__name__}") from error

    async def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return await super().read_response(*args, **options)  # type: ignore[misc]
        except (RuntimeError, AttributeError) as error:
            raise exceptions.ConnectionError(f"gone: {type(error).__name__}") from error


def translated(pool: ConnectionPool) -> ConnectionPool:
    """Have this pool, which is new, make connections whose errors are redis-py's."""
    kind = pool.connection_class
    pool.connection_class = type(f"Translated{kind.__name__}", (Translated, kind), {})
    return pool


def new_client() -> Redis:
    """A binary client with connections of its own; more commands than those wait in line."""
    pool = BlockingConnectionPool.from_url(
        settings.REDIS_URL,
        max_connections=POOL_CONNECTIONS,
        timeout=COMMAND_TIMEOUT_SECONDS,
        socket_timeout=COMMAND_TIMEOUT_SECONDS,
        socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
        # A restarted Redis has closed every connection in the pool: each would fail once.
        # Whatever is sent here may be sent twice.
        retry=AsyncRetry(NoBackoff(), 1),
    )
    return Redis(connection_pool=translated(pool))


# The event loop's own, which everything of it shares.
client = OfLoop(new_client)


class Patience(AsyncRetry):
    """For commands that wait for Redis instead of failing, and may be sent twice.

    One object for all connections, so that it ends for all.
    """

    def __init__(self) -> None:
        super().__init__(
            ExponentialBackoff(cap=PATIENCE_STEP_SECONDS, base=PATIENCE_STEP_SECONDS / 16),
            retries=int(PATIENCE_SECONDS / PATIENCE_STEP_SECONDS),
            supported_errors=(exceptions.ConnectionError, exceptions.TimeoutError, ReadOnlyError),
        )

    def __deepcopy__(self, memo: object) -> "Patience":
        return self

    def end(self) -> None:
        """Wait no more: the process is leaving."""
        self.update_retries(0)


def sync_client() -> redis.Redis:
    """The client for code that runs in threads: server-rendered pages."""
    global _sync_client
    if _sync_client is None:
        _sync_client = redis.Redis.from_url(
            settings.REDIS_URL,
            socket_timeout=COMMAND_TIMEOUT_SECONDS,
            socket_connect_timeout=CONNECT_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 1),
        )
    return _sync_client


@contextlib.asynccontextmanager
async def pubsub() -> AsyncIterator[PubSub]:
    """A subscription with a connection of its own, RESP2 (hiredis leaks with RESP3 pushes)."""
    redis = Redis.from_url(
        settings.REDIS_URL, protocol=2, socket_connect_timeout=CONNECT_TIMEOUT_SECONDS
    )
    translated(redis.connection_pool)
    try:
        async with redis.pubsub() as subscription:
            yield subscription
    finally:
        await redis.aclose()


async def close() -> None:
    """Close the event loop's client."""
    found = client.give_up()
    if found is not None:
        await found.aclose()
        await found.connection_pool.disconnect()


class Script:
    """A Lua script that is run many times in one pipeline."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._sha = hashlib.sha1(source.encode(), usedforsecurity=False).hexdigest()

    async def run(
        self, redis: Redis, calls: Sequence[tuple[Sequence[str], Sequence[Any]]]
    ) -> list[Any]:
        """Run it once per call, given as keys and arguments; the results in the same order.

        Raises RedisError; then none, some or all calls may have been carried out.
        """
        while True:
            pipeline = redis.pipeline(transaction=False)
            for names, arguments in calls:
                pipeline.evalsha(self._sha, len(names), *names, *arguments)
            results = await pipeline.execute(raise_on_error=False)
            failed = [result for result in results if isinstance(result, Exception)]
            if not failed:
                return results
            if not isinstance(failed[0], NoScriptError):
                raise failed[0]
            # A server that was restarted knows none: none was run.
            await redis.script_load(self._source)


# The braces mark what belongs together. All keys are on one server: a script appends to the logs of
# many replies.


def log_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:log"


def stop_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:stop"


def attempts_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:attempts"


def fence_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:fence"


def alive_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:alive"


def suspect_key(message_id: uuid.UUID | str) -> str:
    return f"{settings.REDIS_PREFIX}:reply:{{{message_id}}}:suspect"


def stop_channel() -> str:
    return f"{settings.REDIS_PREFIX}:stops"


def rate_key(what: str, whose: uuid.UUID | str) -> str:
    """When a bucket will be empty: several of them are looked at in one script."""
    return f"{settings.REDIS_PREFIX}:{{rate}}:{what}:{whose}"


def places_key(whose: str) -> str:
    """Which process holds how many places of this person or address."""
    return f"{settings.REDIS_PREFIX}:{{places}}:{whose}"


def orphans_key() -> str:
    return f"{settings.REDIS_PREFIX}:orphans"


def memory_key() -> str:
    return f"{settings.REDIS_PREFIX}:memory"


def docket_name() -> str:
    return f"{settings.REDIS_PREFIX}:jobs"


def conversation_group(conversation_id: uuid.UUID | str) -> str:
    return f"conversation.{conversation_id}"


def person_group(user_id: uuid.UUID | str) -> str:
    return f"person.{user_id}"


def group_channel(group: str) -> str:
    """Where the channel layer publishes to a group, for threads that have no event loop."""
    return f"{settings.REDIS_PREFIX}__group__{group}"


def purge_key() -> str:
    return f"{settings.REDIS_PREFIX}:purge"


def metrics_key() -> str:
    return f"{settings.REDIS_PREFIX}:metrics"


def cache_key(name: str) -> str:
    """One of the response cache's keys, which all belong together."""
    return f"{settings.REDIS_PREFIX}:{{cache}}:{name}"


def breaker_key(model: str) -> str:
    return f"{settings.REDIS_PREFIX}:breaker:{model}"


def offered_key(endpoint: str) -> str:
    return f"{settings.REDIS_PREFIX}:offered:{endpoint}"


def pace_key(model: str) -> str:
    return f"{settings.REDIS_PREFIX}:pace:{model}"

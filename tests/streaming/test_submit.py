"""The door in, where the database refuses."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, OperationalError
from redis.exceptions import RedisError

from chat.budgets import UNDER_WAY_SECONDS
from chat.models import Conversation, Message, User
from chat.submissions import Accepted, Denied, Outcome, Submission
from config.catalogue import LOCAL, Catalogue, Model
from config.endpoints import Endpoint
from streaming import redis as keys
from streaming.delivery import log
from streaming.errors import BudgetExceeded, Busy, EmptyMessage, MessageTooLong, NotFound
from streaming.intake import submit as module
from streaming.intake.budget import is_free
from streaming.intake.submit import submit
from streaming.routing import route

pytestmark = pytest.mark.usefixtures("redis_client", "nothing_known")


@pytest.fixture
def nothing_known(settings: Any) -> None:
    """Nothing is answered without a model."""
    settings.CHAT_INSTANT = False
    settings.CHAT_CACHE_SECONDS = 0.0


@pytest.mark.parametrize("error", [IntegrityError, OperationalError])
async def test_what_the_database_refuses_is_tried_once_more_at_most(
    monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    calls: list[int] = []

    async def refuse(submissions: Sequence[Submission]) -> list[Outcome]:
        calls.append(len(submissions))
        raise error

    monkeypatch.setattr(module, "_accept", refuse)
    with pytest.raises(Busy) as refused:
        await submit(uuid.uuid4(), "hello", client_id="1")
    assert refused.value.retry_after
    assert len(calls) <= 2


@pytest.mark.parametrize(
    ("text", "error"),
    [("", EmptyMessage), (" \n", EmptyMessage), ("x" * 32_001, MessageTooLong)],
)
async def test_a_text_is_checked_before_anything_is_asked(
    text: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await submit(uuid.uuid4(), text, client_id="1")


async def test_what_redis_did_not_take_is_started_by_the_repeated_send(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user_id = uuid.uuid4()
    conversation = Conversation(owner_id=user_id)
    question = Message(conversation=conversation, client_id="1", content="hello")
    reply = Message(conversation=conversation, parent_id=question.id, status="processing")
    seen: list[bool] = []

    async def keep(submissions: Sequence[Submission]) -> list[Outcome]:
        seen.append(True)
        return [Accepted(question, reply, conversation, repeated=len(seen) > 1)]

    async def refuse(*_: object) -> None:
        raise RedisError

    queued: list[uuid.UUID] = []

    async def queue(accepted: Sequence[Accepted]) -> None:
        queued.extend(one.reply.id for one in accepted)

    monkeypatch.setattr(module, "_accept", keep)
    monkeypatch.setattr(module, "_go_on", queue)
    with monkeypatch.context() as redis_away:
        redis_away.setattr(log, "append", refuse)
        with pytest.raises(Busy):
            await submit(user_id, "hello", client_id="1")
    # Redis has lost nothing since before the message was written.
    since = datetime.now(UTC) - timedelta(seconds=60)
    await keys.client().set(keys.memory_key(), since.isoformat())
    acknowledged = await submit(user_id, "hello", client_id="1")
    assert acknowledged.reply is reply
    assert [one["kind"] for one in await log.read_all(keys.client(), reply.id)] == ["start"]
    # And once more: it is started, so nothing is started again.
    await submit(user_id, "hello", client_id="1")
    assert queued == [reply.id]
    # Redis loses everything: somebody may be making it still.
    await keys.client().delete(keys.memory_key(), keys.log_key(reply.id))
    await submit(user_id, "hello", client_id="1")
    assert queued == [reply.id]


async def test_an_unknown_conversation_is_not_found(monkeypatch: pytest.MonkeyPatch) -> None:
    async def deny(submissions: Sequence[Submission]) -> list[Outcome]:
        return [Denied() for _ in submissions]

    monkeypatch.setattr(module, "_accept", deny)
    with pytest.raises(NotFound):
        await submit(uuid.uuid4(), "hello", client_id="1", conversation_id=uuid.uuid4())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("whole", "whose"), [(False, "Your budget"), (True, "of this service")])
async def test_what_is_over_budget_is_refused_before_money_is_spent(
    settings: Any, whole: bool, whose: str
) -> None:
    user = await User.objects.acreate(username=uuid.uuid4().hex)
    settings.CHAT_MODELS = Catalogue((Model("anthropic", "claude-sonnet-5-5", "cloud"),), ())
    settings.CHAT_BUDGET_HARD_USD = Decimal(0) if whole else None
    settings.CHAT_BUDGET_PERSON_HARD_USD = None if whole else Decimal(0)
    with pytest.raises(BudgetExceeded) as refused:
        await submit(user.id, "hello", client_id="1")
    assert refused.value.code == "budget_exceeded"
    assert whose in refused.value.sentence
    assert refused.value.retry_after
    assert refused.value.retry_after > UNDER_WAY_SECONDS
    assert not await Message.objects.filter(author=user).aexists()


@pytest.mark.django_db(transaction=True)
async def test_what_is_free_answers_when_the_budget_is_used_up(settings: Any) -> None:
    user = await User.objects.acreate(username=uuid.uuid4().hex)
    cloud = Model("anthropic", "claude-sonnet-5-5", "cloud")
    settings.CHAT_MODELS = Catalogue((cloud,), (), spare=(LOCAL,))
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(0)
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    reply = (await submit(user.id, "hello", client_id="1")).reply
    assert reply.free_only
    assert route.candidates(settings.CHAT_MODELS, reply, "cloud") == [LOCAL]


@pytest.mark.django_db(transaction=True)
async def test_what_staff_have_answered_is_accepted_when_the_budget_is_used_up(
    settings: Any,
) -> None:
    user = await User.objects.acreate(username=uuid.uuid4().hex)
    cloud = Model("anthropic", "claude-sonnet-5-5", "cloud")
    settings.CHAT_MODELS = Catalogue((cloud,), ())
    settings.CHAT_BUDGET_PERSON_HARD_USD = Decimal(0)
    settings.CHAT_INSTANT = True
    settings.REDIS_PREFIX = f"test-{uuid.uuid4().hex[:8]}"
    reply = (await submit(user.id, "What time is it?", client_id="1")).reply
    assert reply.free_only
    # Who has chosen a model wants that model's words, and those cost something.
    with pytest.raises(BudgetExceeded):
        await submit(user.id, "What time is it?", client_id="2", model=str(cloud))
    with pytest.raises(BudgetExceeded):
        await submit(user.id, "Why is it so late?", client_id="3")


@pytest.mark.parametrize(
    ("model", "free"),
    [
        (LOCAL, True),
        (Model("anthropic", "of-no-known-price", "cloud"), False),
        (Model("openai", "of-no-known-price", "cloud"), False),
        (Model("another-vendor", "of-no-known-price", "cloud"), False),
        (Model("gpu", "qwen", "cloud"), True),
        (Model("deepseek", "deepseek-chat", "cloud"), False),
        (Model("deepseek", "of-no-known-price", "cloud"), False),
    ],
)
def test_what_costs_nothing(settings: Any, model: Model, free: bool) -> None:
    settings.CHAT_ENDPOINTS = {
        "gpu": Endpoint("gpu", "http://127.0.0.1:1/v1"),
        "deepseek": Endpoint("deepseek", "https://api.deepseek.com/v1"),
    }
    assert is_free(model) is free


@pytest.mark.parametrize(
    ("address", "name", "free"),
    [
        ("http://127.0.0.1:11434/v1", "llama3.2:1b", True),
        ("https://openrouter.ai/api/v1", "of-no-known-price", False),
        ("https://openrouter.ai/api/v1", "deepseek/deepseek-chat:free", True),
        ("https://api.openai.com/v1", "of-no-known-price", False),
    ],
)
def test_what_costs_nothing_behind_another_address(
    settings: Any, address: str, name: str, free: bool
) -> None:
    settings.OPENAI_BASE_URL = address
    assert is_free(Model("openai", name, "cloud")) is free

"""What answers cost, with real workers: the sums are those of the tries, to the last digit."""

import asyncio
import json
import uuid
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import redis

from chat.models.costs import in_usd
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until

MakeStack = Callable[..., Stack]

FIRST, SECOND = "openai:gpt-5.5", "anthropic:claude-sonnet-5-5"
ANSWER = {"tokens": 9}
# Of each: the plan of both providers, and how many are asked at least.
ANSWERS: list[tuple[dict[str, Any], int]] = [
    (ANSWER, 1),
    (ANSWER | {"cached": 5}, 1),
    (ANSWER | {"usage": False}, 1),
    # Refused before anything was read: costs nothing.
    (ANSWER | {"fault": "status", "status": 503, "times": 1}, 2),
    # Read, and lost before the first word.
    (ANSWER | {"fault": "cut", "at": 0, "times": 1}, 2),
    # Cut after some words: nobody else is asked.
    (ANSWER | {"fault": "cut", "at": 4}, 1),
    # Both are asked, one is closed.
    (ANSWER | {"delay": 5}, 2),
]


def question(**plan: object) -> str:
    return json.dumps({"marker": uuid.uuid4().hex, **plan})


async def test_what_fell_back_was_raced_cut_or_stopped_is_paid_to_the_last_digit(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=2, CHAT_CLOUD_MODELS=f"{FIRST},{SECOND}", CHAT_HEDGE="1")
    with redis.Redis.from_url(stack.redis_url) as client:
        # The first usually speaks after three seconds.
        client.lpush(f"rivulet:pace:{FIRST}", *["3"] * 40)
    person = Person(stack, "somebody")
    told: dict[str, str | None] = {}
    async with person.socket() as sock:
        for plan, asked in ANSWERS:
            end = await sock.ask(question(**plan))
            assert len(end["metadata"]["tried"]) == asked, plan
            told[end["message_id"]] = end["metadata"]["cost_usd"]
        start = await sock.chat(question(tokens=4000, rate=50))
        await sock.token(start["message_id"])
        await sock.send(type="stop", message_id=start["message_id"])
        end = await sock.end(start["message_id"])
        assert end["metadata"]["status"] == "stopped"
        told[end["message_id"]] = end["metadata"]["cost_usd"]

    made = []
    for message_id, cost_usd in told.items():
        (row,) = stack.rows("SELECT tries, cost_usd FROM chat_message WHERE id = ?", message_id)
        tries = json.loads(row[0])
        made += tries
        assert cost_usd is not None
        assert Decimal(cost_usd) == costs(tries) == Decimal(repr(row[1]))
    assert costs(made) > 0
    # Nobody was asked whom nobody has entered.
    assert len(made) == len(stack.requests())
    sums = stack.rows(
        "SELECT provider || ':' || model, sum(cost_units), sum(calls), sum(unpriced_calls),"
        " sum(input_tokens), sum(output_tokens) FROM chat_spending GROUP BY 1 ORDER BY 1"
    )
    assert [(name, in_usd(units), *rest) for name, units, *rest in sums] == [
        entered(name, made) for name in sorted((FIRST, SECOND))
    ]


def costs(tries: list[dict[str, Any]]) -> Decimal:
    return sum((Decimal(one["cost_usd"]) for one in tries), Decimal(0))


def entered(name: str, made: list[dict[str, Any]]) -> tuple[object, ...]:
    """The line of the ledger that these tries of a model add up to."""
    own = [one for one in made if f"{one['provider']}:{one['model']}" == name]
    tokens = [sum(one[key] or 0 for one in own) for key in ("input_tokens", "output_tokens")]
    return (name, costs(own), len(own), 0, *tokens)


async def test_operators_see_what_the_ledger_has_also_of_what_nobody_keeps(
    own_stack: MakeStack,
) -> None:
    # One model answers and makes titles; the mock gives both.
    stack = own_stack(
        CHAT_CLOUD_MODELS="", CHAT_REGIONAL_MODELS=SECOND, CHAT_TITLES="1", METRICS_TOKEN="stones"
    )
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        await sock.ask(question(**ANSWER))
        start = await sock.chat(question(tokens=4000, rate=50))
        await sock.token(start["message_id"])
        gone = start["conversation_id"]
        deleting = stack.run(
            "manage.py", "shell", "-c",
            f"from chat.models import *; Conversation.objects.get(id='{gone}').delete()",
        )  # fmt: skip
        assert await asyncio.to_thread(deleting.status, seconds=20) == 0, deleting.printed
        await sock.end(start["message_id"])

    def ledger() -> list[tuple[str, int]]:
        lines = "SELECT purpose, sum(calls) FROM chat_spending GROUP BY 1 ORDER BY 1"
        return [(purpose, calls) for purpose, calls in stack.rows(lines)]

    until(lambda: ledger() == [("reply", 2), ("title", 1)])
    ((units,),) = stack.rows("SELECT sum(cost_units) FROM chat_spending")
    token = {"Authorization": "Bearer stones"}

    def told() -> tuple[Decimal, Decimal]:
        """What all calls cost, and how many there were."""
        text = person.http.get(f"{stack.webs[0].url}/metrics", headers=token).text
        sums = [Decimal(0), Decimal(0)]
        for line in text.splitlines():
            for place, name in enumerate(("cost_usd", "tries")):
                if line.startswith(f"rivulet_{name}_total{{"):
                    sums[place] += Decimal(line.rpartition(" ")[2])
        return round(sums[0], 8), sums[1]

    until(lambda: told() == (in_usd(units), Decimal(3)), what=lambda: f"{told()} {in_usd(units)}")


async def test_without_a_budget_what_costs_nothing_answers_and_the_rest_is_told(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(CHAT_CLOUD_MODELS=SECOND, CHAT_BUDGET_HARD_USD="0")
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        end = await sock.ask("What time is it?")
        assert (end["chunk_type"], end["metadata"]["source"]) == ("end", "edge")
        again = {"message_id": end["message_id"], "client_id": uuid.uuid4().hex}
        anew = {"message": question(), "client_id": uuid.uuid4().hex, "conversation_id": None}
        for frame in ({"type": "regenerate", **again}, {"type": "chat", **anew}):
            await sock.send(**frame)
            refused = await sock.until(lambda each: each["type"] == "error")
            assert refused["code"] == "budget_exceeded"
    # An instance that still knows of a free model, beside a worker that knows of none.
    stack.web_environment["CHAT_REGIONAL_MODELS"] = "openai:mock"
    stack.begin_web().wait_ready()
    async with person.socket(stack.webs[-1]) as sock:
        end = await sock.ask(question())
    assert end["chunk_type"] == "error"
    told = end["metadata"]
    assert (told["code"], told["retryable"], told["tried"]) == ("budget_exceeded", False, [])
    assert stack.requests() == []

"""Answers without a model, and the choice of one, with real processes: what a person sees."""

import json
import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from tests.flow.assistants import assistant
from tests.flow.people import Person, Socket, assert_in_order, text_of
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def regenerated(sock: Socket, message_id: str, **more: object) -> dict[str, Any]:
    """The end of another version of this reply."""
    again = uuid.uuid4().hex
    await sock.send(type="regenerate", message_id=message_id, client_id=again, **more)
    start = await sock.until(
        lambda frame: frame.get("chunk_type") == "start" and frame["metadata"]["client_id"] == again
    )
    return await sock.end(start["message_id"])


def routes(stack: Stack) -> list[dict[str, Any]]:
    """What is kept of how each reply's model was chosen."""
    rows = stack.rows("SELECT route FROM chat_message WHERE role = 'assistant' ORDER BY created_at")
    return [row[0] if isinstance(row[0], dict) else json.loads(row[0]) for row in rows]


@pytest.fixture
def caching(own_stack: MakeStack) -> Stack:
    return own_stack(workers=2, CHAT_CACHE_SECONDS="60", CHAT_REGIONAL_MODELS="openai:small")


async def test_the_same_again_is_answered_from_the_cache_and_again_by_the_model(
    caching: Stack,
) -> None:
    person, other = Person(caching, "somebody"), Person(caching, "somebody-else")
    message = plan(tokens=40)
    async with person.socket() as sock:
        first = await sock.ask(message)
        second = await sock.ask(message)
        chunks = sock.chunks(second["message_id"])
        assert_in_order(chunks)
        assert text_of(chunks) == text_for(message)
        figures = second["metadata"]
        assert (figures["source"], figures["cost_usd"], figures["tried"]) == ("cache", "0", [])
        assert figures["model"] == first["metadata"]["model"]
        assert figures["usage"]["output_tokens"] is None
        # In its conversation it is another context from now on.
        third = await sock.ask(message, conversation_id=first["conversation_id"])
        assert third["metadata"]["source"] != "cache"
        again = await regenerated(sock, second["message_id"])
        assert again["metadata"]["source"] != "cache"
    async with other.socket() as sock:
        assert (await sock.ask(message))["metadata"]["source"] != "cache"


async def test_what_is_known_is_said_where_it_is_asked_without_any_worker(
    caching: Stack,
) -> None:
    person = Person(caching, "somebody")
    one, other = plan(tokens=30), plan(tokens=20)
    async with person.socket() as sock, person.socket() as tab:
        first = await sock.ask(one)
        await sock.ask(other, conversation_id=first["conversation_id"])
        for worker in caching.workers:
            worker.process.kill()
            worker.process.wait()
        instant = await sock.ask("What can you do?")
        known = await sock.ask(one)
        here = known["conversation_id"]
        await tab.send(type="open", conversation_id=here)
        await tab.settled()
        # What was said before is the same, too: in a conversation of the cache's own words.
        after = await sock.ask(other, conversation_id=here)
        assert [end["metadata"]["source"] for end in (instant, known, after)] == [
            "edge", "cache", "cache",
        ]  # fmt: skip
        elsewhere = await tab.end(after["message_id"])
        assert elsewhere == after
        for end, message in ((known, one), (after, other)):
            chunks = sock.chunks(end["message_id"])
            assert_in_order(chunks)
            assert text_of(chunks) == text_for(message)
    kept = caching.rows(
        "SELECT source, status, cost_usd, error_code FROM chat_message "
        "WHERE source IN ('edge', 'cache')"
    )
    assert [(source, status, float(cost), code) for source, status, cost, code in kept] == [
        ("edge", "complete", 0, ""), ("cache", "complete", 0, ""), ("cache", "complete", 0, ""),
    ]  # fmt: skip


async def test_what_the_cache_gave_is_counted(own_stack: MakeStack) -> None:
    stack = own_stack(webs=2, workers=2, METRICS_TOKEN="stones", CHAT_CACHE_SECONDS="60")
    person = Person(stack, "somebody")
    message = plan(tokens=5)
    async with person.socket() as sock:
        await sock.ask(message)
        await sock.ask(message)
    token = {"Authorization": "Bearer stones"}

    def told(web: int) -> set[str]:
        answer = person.http.get(f"{stack.webs[web].url}/metrics", headers=token)
        return set(answer.text.splitlines())

    hit = 'rivulet_edge_total{outcome="cache_hit"} 1.0'
    until(lambda: all(hit in told(web) for web in (0, 1)))
    assert any(line.startswith("rivulet_replies_total{") for line in told(1))


async def test_a_deleted_conversation_gives_no_more_answers(caching: Stack) -> None:
    person = Person(caching, "somebody")
    message = plan(tokens=5)
    async with person.socket() as sock:
        first = await sock.ask(message)
        person.post(f"/chat/{first['conversation_id']}/delete/")
        assert (await sock.ask(message))["metadata"]["source"] != "cache"


async def test_only_the_answers_of_a_public_assistant_are_anybodys(caching: Stack) -> None:
    one, other = Person(caching, "somebody"), Person(caching, "somebody-else")
    with (
        assistant(caching, "You know the opening hours.", is_public=True) as public,
        assistant(caching, "You know {name}.", is_public=True) as personal,
        assistant(caching, "You never say it twice.", caches_answers=False) as forgetful,
    ):
        async with one.socket() as mine, other.socket() as theirs:
            for name, sources in (
                (public, ["cache", "cache"]),
                (personal, ["cache", "cloud"]),
                (forgetful, ["cloud", "cloud"]),
            ):
                message = plan(tokens=5)
                await mine.ask(message, assistant_id=name)
                again = [await each.ask(message, assistant_id=name) for each in (mine, theirs)]
                assert [each["metadata"]["source"] for each in again] == sources


async def test_an_assistant_without_instant_answers_asks_a_model(stack: Stack) -> None:
    person = Person(stack, "asks")
    with assistant(stack, "You are thorough.", gives_instant_answers=False) as thorough:
        async with person.socket() as sock:
            end = await sock.ask("What can you do?", assistant_id=thorough)
    assert end["metadata"]["source"] == "cloud"


async def test_what_was_not_whole_is_asked_again(caching: Stack) -> None:
    person = Person(caching, "somebody")
    message = plan(tokens=5, finish="length")
    async with person.socket() as sock:
        await sock.ask(message)
        assert (await sock.ask(message))["metadata"]["source"] != "cache"


async def test_an_instant_answer_costs_nothing_and_knows_the_persons_time(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(CHAT_INSTANT_WORDS_PER_SECOND="200")
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        end = await sock.ask("What time is it?", context={"time_zone": "Asia/Tokyo"})
        chunks = sock.chunks(end["message_id"])
        assert_in_order(chunks)
        assert re.fullmatch(r"It is \*\*.+\*\* \(Asia/Tokyo\)\.", text_of(chunks))
        figures = end["metadata"]
        assert (figures["source"], figures["cost_usd"], figures["model"]) == ("edge", "0", None)
        # At a pace: whole words, in more than one chunk.
        words = [chunk["content"] for chunk in chunks if chunk["chunk_type"] == "token"]
        assert len(words) > 1
        assert all(word[-1].isspace() for word in words[:-1])
        again = await regenerated(sock, end["message_id"])
        assert again["metadata"]["source"] == "cloud"
        chosen = await sock.ask("What time is it?", model="anthropic:mock-claude")
        assert chosen["metadata"]["model"] == "mock-claude"


async def test_a_paced_answer_can_be_stopped(own_stack: MakeStack) -> None:
    stack = own_stack(CHAT_INSTANT_WORDS_PER_SECOND="5")
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        start = await sock.chat("What can you do?")
        await sock.token(start["message_id"])
        await sock.send(type="stop", message_id=start["message_id"])
        end = await sock.end(start["message_id"])
    assert (end["metadata"]["status"], end["metadata"]["source"]) == ("stopped", "edge")


async def test_a_worker_that_dies_leaves_an_instant_answer_to_the_next(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(CHAT_INSTANT_WORDS_PER_SECOND="5")
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        start = await sock.chat("What can you do?")
        await sock.token(start["message_id"])
        stack.workers[0].process.kill()
        stack.workers.append(stack.begin_worker())
        end = await sock.end(start["message_id"])
        chunks = sock.chunks(start["message_id"])
    assert_in_order(chunks)
    assert end["metadata"]["status"] == "complete"
    assert not [chunk for chunk in chunks if chunk["chunk_type"] == "reset"]
    assert text_of(chunks).startswith("I answer questions")
    assert text_of(chunks).endswith("check what matters.")


async def test_simple_questions_go_to_the_small_model_and_the_verdict_is_kept(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(CHAT_REGIONAL_MODELS="openai:small")
    person = Person(stack, "somebody")
    async with person.socket() as sock:
        easy = await sock.ask("What is the capital of Australia?")
        hard = await sock.ask("Prove by induction that the sum of the first n odd numbers is n².")
        named = await sock.ask("What is the capital of Chile?", model="mock-claude")
    assert [one["metadata"]["source"] for one in (easy, hard, named)] == [
        "regional", "cloud", "cloud",
    ]  # fmt: skip
    kept = routes(stack)
    assert [one["tier"] for one in kept] == ["regional", "cloud", "regional"]
    assert kept[1]["score"] == sum(weight for _, weight in kept[1]["reasons"])
    assert kept[2]["wanted"] == "anthropic:mock-claude"


def test_without_javascript_a_model_is_chosen_kept_and_changed(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    page = person.get("/chat/")
    assert 'name="model"' in page.text
    page = person.post("/chat/send/", message=plan(tokens=3), model="anthropic:mock-claude")
    address = page.url.path
    selected = re.compile(r'<option value="([a-z]+:[^"]+)" selected')

    def models() -> list[str]:
        rows = stack.rows(
            "SELECT model FROM chat_message WHERE role = 'assistant' ORDER BY created_at"
        )
        return [row[0] for row in rows]

    assert set(selected.findall(person.get(address).text)) == {"anthropic:mock-claude"}
    assert models() == ["mock-claude"]
    unfinished = "SELECT 1 FROM chat_message WHERE status = 'processing'"
    until(lambda: not stack.rows(unfinished))
    # Another version keeps the choice, or changes it.
    reply_id = re.findall(r'data-role="assistant".*? data-message-id="([^"]+)"', page.text)[0]
    person.post(f"{address}regenerate/{reply_id}/", client_id="keeps")
    until(lambda: models() == ["mock-claude"] * 2)
    until(lambda: not stack.rows(unfinished))
    person.post(f"{address}regenerate/{reply_id}/", client_id="changes", model="openai:mock")
    until(lambda: models() == ["mock-claude", "mock-claude", "mock"])
    assert set(selected.findall(person.get(address).text)) == {"openai:mock"}

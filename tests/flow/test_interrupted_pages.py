"""Without JavaScript: what becomes of a page that streams when something goes away."""

import signal
from collections.abc import Callable

import redis

from tests.flow.live_pages import Balanced, live_page
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def test_another_attempt_begins_anew(own_stack: MakeStack) -> None:
    stack = own_stack(workers=1)
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=20)
    async with person.socket() as socket:
        start = await socket.chat(message)
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun(10)
        stack.workers[0].process.kill()
        stack.start_worker()
        html = await page.whole()
    assert html.count('<div class="live-attempt">') == 2
    assert page.text == stack.reply(start["message_id"])["content"] == text_for(message)
    Balanced(html)


async def test_a_web_process_that_leaves_says_so_and_another_goes_on(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(webs=2, WEB_DRAIN_SECONDS="10")
    person = Person(stack, "somebody")
    message = plan(tokens=300, rate=25)
    async with person.socket(stack.webs[1]) as socket:
        start = await socket.chat(message)
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        stack.webs[0].running.process.send_signal(signal.SIGTERM)
        html = await page.whole()
    assert "being restarted" in html
    assert "</html>" in html
    assert text_for(message).startswith(page.text)
    Balanced(html)
    assert stack.webs[0].running.status() == 0
    assert "not all connections" not in stack.webs[0].running.printed
    async with live_page(person, start["conversation_id"], stack.webs[1]) as page:
        await page.whole()
    assert page.text == text_for(message)


async def test_an_answer_that_ends_within_the_drain_is_read_to_its_end(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(WEB_DRAIN_SECONDS="20")
    person = Person(stack, "somebody")
    message = plan(tokens=60, rate=25)
    async with person.socket() as socket:
        start = await socket.chat(message)
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        stack.webs[0].running.process.send_signal(signal.SIGTERM)
        html = await page.whole()
    assert page.text == text_for(message)
    assert 'data-status="complete"' in html


async def test_who_leaves_costs_nothing_any_more(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    client = redis.Redis(port=stack.redis_port)
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=3000, rate=20))
        group = f"rivulet__group__conversation.{start['conversation_id']}"
    until(lambda: client.pubsub_numsub(group)[0][1] == 0)
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        assert client.pubsub_numsub(group)[0][1] == 1
    until(lambda: client.pubsub_numsub(group)[0][1] == 0)
    assert stack.reply(start["message_id"])["status"] == "processing"


async def test_signing_out_ends_the_page(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=3000, rate=20))
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        person.post("/sign-out/")
        html = await page.whole()
    assert "You have been signed out." in html


async def test_without_redis_the_page_says_so(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=3000, rate=20))
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        stack.redis.process.kill()
        html = await page.whole()
    assert "cannot be reached" in html
    Balanced(html)


async def test_a_log_that_is_gone_shows_the_saved_message(own_stack: MakeStack) -> None:
    stack = own_stack()
    person = Person(stack, "somebody")
    message = plan(say="Water that runs over stone wears it away. " * 4, rate=10)
    async with person.socket() as socket:
        start = await socket.chat(message)
        await socket.token(start["message_id"])
    redis.Redis(port=stack.redis_port).delete(f"rivulet:reply:{{{start['message_id']}}}:log")
    async with live_page(person, start["conversation_id"]) as page:
        html = await page.whole()
    assert 'data-status="complete"' in html
    assert text_for(message).strip() in html


async def test_a_conversation_that_is_deleted_ends_the_page(person: Person) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=3000, rate=20))
    async with live_page(person, start["conversation_id"]) as page:
        await page.begun()
        person.post(f"/chat/{start['conversation_id']}/delete/")
        html = await page.whole()
    assert "was deleted" in html
    Balanced(html)

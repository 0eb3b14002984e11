"""Without JavaScript: the answer comes with the page, as it is made."""

import re
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack

from streaming.doors.live import PAGES_MAX
from tests.flow.live_pages import Balanced, live_page
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

MakeStack = Callable[..., Stack]


async def test_the_text_comes_as_it_is_made_and_then_the_whole_page(
    person: Person, stack: Stack
) -> None:
    message = plan(tokens=90, rate=30)
    async with person.socket() as socket:
        start = await socket.chat(message)
    async with live_page(person, start["conversation_id"], stack.webs[1]) as page:
        assert page.response.headers["x-accel-buffering"] == "no"
        assert page.response.headers["cache-control"] == "private, no-store"
        assert "content-encoding" not in page.response.headers
        await page.begun()
        # There while it streams: what was asked, a way to stop it, a way elsewhere.
        assert "marker" in page.html
        assert f"stop/{start['message_id']}/" in page.html
        assert 'href="/chat/"' in page.html
        assert 'id="composer"' not in page.html
        assert stack.reply(start["message_id"])["status"] == "processing"
        html = await page.whole()
        assert page.parts > 10
    assert page.text == stack.reply(start["message_id"])["content"] == text_for(message)
    _, _, after = html.rpartition('class="live"')
    assert f'id="m-{start["message_id"]}"' in after
    assert 'data-status="complete"' in after
    assert f"regenerate/{start['message_id']}/" in after
    assert 'id="composer"' in after
    assert "app.js" not in html
    Balanced(html)


async def test_text_that_looks_like_html_stays_text(person: Person, stack: Stack) -> None:
    say = "</div><script>x()</script> &amp; <!--answer-->\r\n\n```\n<b>\n```\n\n<i>end</i>"
    async with person.socket() as socket:
        start = await socket.chat(plan(say=say, rate=20))
    async with live_page(person, start["conversation_id"]) as page:
        html = await page.whole()
    assert page.text == stack.reply(start["message_id"])["content"] == say
    assert "<script>x" not in html
    assert 'class="live-block prose"' in html
    Balanced(html)


async def test_a_form_without_scripts_leads_to_the_page_that_streams(
    person: Person, stack: Stack
) -> None:
    sent = person.post("/chat/send/", message=plan(tokens=5), live="1")
    # Fast answers have ended before anybody asks for them.
    assert sent.history[0].headers["location"].endswith("/live")
    assert person.post("/chat/send/", message="hello").history[0].headers["location"].endswith("/")
    address = str(sent.url).removesuffix("live").removesuffix("/")
    page = person.http.get(f"{address}/").text
    _question, reply, *_ = re.findall(r'data-message-id="([^"]+)"', page)
    until(lambda: stack.reply(reply)["status"] == "complete")
    again = person.http.get(f"{address}/live")
    assert [one.status_code for one in again.history] == [302]


async def test_stop_ends_the_page_with_what_was_written(person: Person, stack: Stack) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=2000, rate=20))
    conversation_id, message_id = start["conversation_id"], start["message_id"]
    async with live_page(person, conversation_id) as page:
        await page.begun(20)
        person.post(f"/chat/{conversation_id}/stop/{message_id}/", live="1")
        html = await page.whole()
    reply = stack.reply(message_id)
    assert reply["status"] == "stopped"
    assert page.text == reply["content"]
    assert 'data-status="stopped"' in html
    Balanced(html)


async def test_stop_is_for_a_reply_of_that_conversation(person: Person, stack: Stack) -> None:
    async with person.socket() as socket:
        running = await socket.chat(plan(tokens=60, rate=20))
        other = await socket.chat("hello")
        path = f"/chat/{other['conversation_id']}/stop/{running['message_id']}/"
        assert person.post(path).status_code == 404
        end = await socket.end(running["message_id"])
    assert end["metadata"]["status"] == "complete"
    assert stack.reply(running["message_id"])["status"] == "complete"


async def test_a_reply_that_nobody_has_begun_is_waited_for_and_stopped(
    own_stack: MakeStack,
) -> None:
    stack = own_stack(workers=0)
    person = Person(stack, "somebody")
    async with person.socket() as socket:
        start = await socket.chat("hello")
    async with live_page(person, start["conversation_id"]) as page:
        await page.until("live-text")
        person.post(f"/chat/{start['conversation_id']}/stop/{start['message_id']}/")
        html = await page.whole()
    assert 'data-status="stopped"' in html


async def test_foreign_and_unknown_conversations_look_the_same(
    person: Person, other: Person
) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=20, rate=20))
    foreign = other.get(f"/chat/{start['conversation_id']}/live")
    unknown = other.get(f"/chat/{uuid.uuid4()}/live")
    assert foreign.status_code == unknown.status_code == 404


async def test_who_opens_too_many_keeps_the_newest(person: Person, other: Person) -> None:
    started = []
    for each in (person, other):
        async with each.socket() as socket:
            started.append(await socket.chat(plan(tokens=2000, rate=20)))
    mine, theirs = (each["conversation_id"] for each in started)
    async with AsyncExitStack() as stack, live_page(other, theirs) as foreign:
        pages = []
        for _ in range(PAGES_MAX + 1):
            pages.append(await stack.enter_async_context(live_page(person, mine)))
            await pages[-1].begun()
        assert "This page has waited for long" in await pages[0].whole()
        for page in (pages[1], pages[-1], foreign):
            await page.begun(len(page.text) + 1)
            assert "has waited" not in page.html
    for each, start in zip((person, other), started, strict=True):
        each.post(f"/chat/{start['conversation_id']}/stop/{start['message_id']}/")


async def test_head_is_answered_at_once(person: Person) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=400, rate=20))
    path = f"{person.stack.webs[0].url}/chat/{start['conversation_id']}/live"
    response = person.http.head(path)
    assert response.status_code == 200
    assert response.text == ""


async def test_a_failed_reply_ends_with_its_sentence(person: Person) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=20, rate=20, fault="error", at=8))
    async with live_page(person, start["conversation_id"]) as page:
        html = await page.whole()
    assert 'data-status="failed"' in html
    assert "message-retry" in html.rpartition('class="live"')[2]

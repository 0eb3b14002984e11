"""Somebody chats: in a real browser, through real processes."""

import json
import re
import uuid
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, BrowserContext, WebSocketRoute, expect

from tests.browser.pages import ChatPage, shown_text
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.local.processes import until
from tests.provider.asking import plan
from tests.provider.text import text_for

pytestmark = pytest.mark.browser


async def test_from_signing_up_to_an_answer_that_is_still_there_after_a_reload(
    stack: Stack, context: BrowserContext
) -> None:
    tab = ChatPage(await context.new_page(), stack.webs[0].url)
    await tab.open("/")
    await tab.page.get_by_role("link", name="Make an account").click()
    await tab.page.fill("input[name=username]", f"new-{uuid.uuid4().hex[:8]}")
    await tab.page.fill("input[name=password1]", "river 1 stone")
    await tab.page.fill("input[name=password2]", "river 1 stone")
    await tab.page.keyboard.press("Enter")
    await tab.page.wait_for_url("**/chat/")
    message = plan(tokens=40, rate=60)
    await tab.send(message)
    await expect(tab.questions).to_have_count(1)
    await expect(tab.box).to_have_value("")
    await expect(tab.reply("complete")).to_have_count(1)
    await tab.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    assert await tab.saved_text() == text_for(message)
    await expect(tab.questions).to_contain_text("marker")
    assert tab.errors == []


async def test_dots_are_shown_until_the_first_token(page: ChatPage) -> None:
    await page.send(plan(tokens=3, delay=1))
    dots = page.replies.locator(".message-waiting")
    await expect(dots).to_be_visible()
    await expect(page.reply("complete")).to_have_count(1)
    await expect(dots).to_be_hidden()


async def test_stop_keeps_what_was_written(page: ChatPage, stack: Stack) -> None:
    message = plan(tokens=600, rate=30)
    await page.send(message)
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await page.stop()
    await expect(page.reply("stopped")).to_have_count(1)
    until(lambda: stack.requests(message)[0]["end"] == "closed by client", seconds=2)
    text = await page.saved_text()
    assert text
    assert text_for(message).startswith(text)
    await expect(page.reply("stopped").locator("[data-note=stopped]")).to_be_visible()


async def test_a_reload_in_mid_stream_goes_on_where_it_was(page: ChatPage) -> None:
    message = plan(tokens=300, rate=25)
    await page.send(message)
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    for _ in range(3):
        await page.page.reload()
        await expect(page.reply("processing")).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    shown = await shown_text(page.reply("complete").locator(".message-body"))
    assert await page.saved_text() == text_for(message)
    # What was put together from page and stream looks like what the server renders.
    assert shown == await shown_text(page.replies.locator(".message-body"))


async def test_what_the_server_could_not_do_just_now_is_asked_again(
    page: ChatPage, context: BrowserContext
) -> None:
    message = plan(tokens=240, rate=20)
    await page.send(message)
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    refused: list[str] = []

    def between(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def to_server(frame: str | bytes) -> None:
            kind = json.loads(frame)["type"]
            if kind in ("open", "resume") and kind not in refused:
                refused.append(kind)
                busy = {"type": "error", "code": "busy", "detail": "", "retry_after": 0.2}
                socket.send(json.dumps(busy))
            else:
                server.send(frame)

        socket.on_message(to_server)

    await page.page.route_web_socket("**/ws/chat/*", between)
    await page.page.reload()
    await expect(page.reply("complete")).to_have_count(1)
    assert sorted(refused) == ["open", "resume"]
    assert await page.saved_text() == text_for(message)


async def test_a_second_tab_on_another_instance_follows_live(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await page.send("hello")
    await expect(page.reply("complete")).to_have_count(1)
    second = await ChatPage.of(context, person, stack.webs[1])
    await second.open(page.page.url.removeprefix(page.url))
    await expect(second.replies).to_have_count(1)
    message = plan(tokens=30, rate=30)
    await page.send(message)
    await expect(second.questions).to_have_count(2)
    await expect(second.reply("complete")).to_have_count(2)
    assert await second.saved_text() == text_for(message)
    assert second.errors == []


async def test_what_is_sent_offline_waits_and_goes_out_once(
    page: ChatPage, context: BrowserContext, stack: Stack
) -> None:
    await page.send("hello")
    await expect(page.reply("complete")).to_have_count(1)
    await context.set_offline(True)
    message = plan(tokens=5)
    await page.send(message)
    await expect(page.questions).to_have_count(2)
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.questions).to_have_count(2)
    assert len(stack.requests(message)) == 1


async def test_an_instance_that_dies_in_mid_stream_is_found_again(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    await page.open("/chat/")
    message = plan(tokens=100, rate=20)
    await page.send(message)
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    stack.webs[0].running.process.kill()
    stack.webs[0].running.status()
    stack.begin_web(port=stack.webs[0].port).wait_ready()
    await expect(page.reply("complete")).to_have_count(1)
    shown = await shown_text(page.replies.locator(".message-body"))
    assert await page.saved_text() == text_for(message)
    assert shown == await shown_text(page.replies.locator(".message-body"))
    assert page.errors == []


async def test_shift_and_enter_makes_a_new_line(page: ChatPage) -> None:
    await page.box.press_sequentially("one")
    await page.box.press("Shift+Enter")
    await page.box.press_sequentially("two")
    await expect(page.box).to_have_value("one\ntwo")
    await expect(page.questions).to_have_count(0)
    await page.box.press("Enter")
    await expect(page.questions).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)


async def test_a_refused_message_goes_back_into_the_box(page: ChatPage) -> None:
    # The page knows the limit itself, unless it has changed since it was loaded.
    await page.page.add_init_script(
        """document.addEventListener("readystatechange", () => {
          document.getElementById("composer").dataset.maxChars = "99000";
        });"""
    )
    await page.open("/chat/")
    long = "word " * 6999 + "word"
    await page.send(long)
    await expect(page.page.locator("#composer-error")).to_contain_text("32,000")
    await expect(page.box).to_have_value(long)
    await expect(page.questions).to_have_count(0)


async def test_a_failed_reply_says_why_and_can_be_tried_again(page: ChatPage) -> None:
    # Both models are asked.
    await page.send(plan(tokens=8, fault="status", status=500, times=2))
    failed = page.reply("failed")
    await expect(failed.locator(".message-error")).to_contain_text("try again")
    await failed.get_by_role("button", name="Try again").click()
    await expect(page.reply("complete")).to_have_count(1)


async def test_an_answer_of_another_model_says_who_was_asked_in_vain(page: ChatPage) -> None:
    await page.send(plan(tokens=8, fault="status", status=500, times=1))
    complete = page.reply("complete")
    await expect(complete).to_have_count(1)
    await expect(page.reply("failed")).to_have_count(0)
    for _ in ("as it was streamed", "as the server renders it"):
        await complete.locator(".message-details summary").click()
        vain = complete.locator("[data-figure=vain]")
        await expect(vain).to_be_visible()
        await expect(vain).to_have_text("mock")
        await page.page.reload()


FORBIDDEN = "script, iframe, style, [onerror], [onload], a[href^=javascript]"
HOSTILE = """Look: <img src=x onerror="document.title='pwned'">
<script>document.title='pwned'</script>
[a link](javascript:document.title='pwned') <a href="javascript:document.title='pwned'">b</a>
<svg onload="document.title='pwned'"></svg> <iframe srcdoc="<script>1</script>"></iframe>
![p](https://elsewhere.example/track.png) <style>body{display:none}</style>

```html
<script>document.title='pwned'</script>
```
"""


async def test_nothing_of_a_hostile_answer_runs(page: ChatPage) -> None:
    outside: list[str] = []
    page.page.on(
        "request",
        lambda request: outside.append(request.url) if "elsewhere" in request.url else None,
    )
    await page.send(plan(say=HOSTILE, rate=100, split=True))
    await expect(page.reply("complete")).to_have_count(1)
    for _ in ("as it was streamed", "as the server renders it"):
        body = page.replies.locator(".message-body")
        await expect(body).to_be_visible()
        await expect(body.locator(FORBIDDEN)).to_have_count(0)
        for link in await body.locator("a").all():
            assert "javascript" not in (await link.get_attribute("href") or "")
        assert "pwned" not in await page.page.title()
        await expect(body.locator("pre code")).to_contain_text("<script>")
        await page.page.reload()
    assert outside == []


async def test_it_works_without_javascript(browser: Browser, person: Person) -> None:
    context = await browser.new_context(java_script_enabled=False)
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    message = plan(tokens=10)
    await page.box.fill(message)
    await page.page.get_by_role("button", name="Send").click()
    await page.page.wait_for_url(re.compile(r"/chat/[0-9a-f-]{36}/"))
    # The page reloads itself until the reply is complete.
    await expect(page.reply("complete")).to_have_count(1)
    assert await page.saved_text() == text_for(message)


async def test_a_conversation_is_renamed_and_deleted(page: ChatPage) -> None:
    await page.send("hello")
    await expect(page.reply("complete")).to_have_count(1)
    await page.page.reload()
    here = page.page.url
    await page.page.locator("#menu summary").click()
    await page.page.fill("input[name=title]", "Small rivers")
    await page.page.keyboard.press("Enter")
    await expect(page.page.locator("#title")).to_have_text("Small rivers")
    await page.open(f"{here.removeprefix(page.url)}delete/")
    await page.page.get_by_role("button", name=re.compile("delete", re.I)).click()
    await page.page.wait_for_url(lambda url: url != here and "/delete/" not in url)
    await page.page.goto(here)
    await expect(page.page.locator("body")).to_contain_text(re.compile("not|no such", re.I))
    page.errors.clear()  # the 404 that was asked for

"""Without JavaScript: everything by forms, and the answer grows in the page as it is made."""

import json
import re
import uuid
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import violations
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan
from tests.provider.text import text_for

pytestmark = pytest.mark.browser

LOOKS = {"desktop": {"width": 1200, "height": 760}, "phone": {"width": 390, "height": 844}}


@pytest.fixture(params=LOOKS)
async def plain(request: pytest.FixtureRequest, browser: Browser) -> AsyncIterator[Page]:
    """A tab of a browser that runs no scripts."""
    size = LOOKS[request.param]
    context = await browser.new_context(java_script_enabled=False, viewport=size)  # type: ignore[arg-type]
    page = await context.new_page()
    page.set_default_timeout(20_000)
    yield page
    await context.close()


def growing(page: Page) -> Locator:
    return page.locator("#live")


async def ask(page: Page, text: str) -> None:
    """Send the form; the page that answers is not whole before the answer is."""
    await page.locator("#message").fill(text)
    await page.locator("#composer [data-action=send]").click(no_wait_after=True)


async def signed_in(page: Page, person: Person) -> ChatPage:
    url = person.stack.webs[0].url
    cookie = {"name": "sessionid", "value": person.http.cookies["sessionid"], "url": url}
    await page.context.add_cookies([cookie])  # type: ignore[list-item]
    chat = ChatPage(page, url)
    await chat.open("/chat/")
    return chat


async def test_from_signing_up_to_a_finished_answer(plain: Page, stack: Stack) -> None:
    await plain.goto(f"{stack.webs[0].url}/sign-up/")
    await plain.locator("[name=username]").fill(f"plain-{uuid.uuid4().hex[:8]}")
    for name in ("password1", "password2"):
        await plain.locator(f"[name={name}]").fill("river 1 stone")
    await plain.get_by_role("button", name="Make an account").click()
    await plain.wait_for_url("**/chat/")
    say = "First block with **bold**.\n\n```python\nprint(1)\n```\n\n" + "and words " * 120
    await ask(plain, plan(say=say, rate=25))
    # Before its end: the growing text, closed blocks as they will look, and no box yet.
    await expect(growing(plain)).to_contain_text("and words and words")
    await expect(growing(plain).locator("strong")).to_have_text("bold")
    await expect(growing(plain).locator("figure.code")).to_be_visible()
    await expect(plain.locator("#composer")).to_have_count(0)
    await expect(plain.get_by_role("button", name="Stop")).to_be_in_viewport()
    # Nothing is there twice.
    await expect(growing(plain).get_by_text("print(1)").locator("visible=true")).to_have_count(1)
    # The whole page.
    reply = plain.locator("#messages .message[data-role=assistant]")
    await expect(reply).to_have_attribute("data-status", "complete")
    await expect(growing(plain)).to_be_hidden()
    await expect(reply.locator("strong")).to_have_text("bold")
    await expect(plain.locator("#message")).to_be_in_viewport()
    # Hidden buttons have no role.
    await expect(plain.get_by_role("button", name="Stop")).to_have_count(0)
    # And it goes on from here.
    await ask(plain, plan(tokens=5))
    await expect(plain.locator("#messages .message[data-status=complete]")).to_have_count(4)


async def test_the_end_stays_in_sight_while_it_grows(plain: Page, person: Person) -> None:
    await signed_in(plain, person)
    say = "".join(f"Line {number} of the river.\n\n" for number in range(80))
    await ask(plain, plan(say=say, rate=30))
    last = growing(plain).get_by_text("Line 40 of").locator("visible=true")
    await expect(last).to_be_in_viewport()
    reply = plain.locator("#messages .message[data-role=assistant]")
    await expect(reply).to_have_attribute("data-status", "complete")
    await expect(reply.get_by_text("Line 79 of")).to_be_in_viewport()
    # A page that is opened later begins there, too.
    await plain.goto(plain.url.removesuffix("live"))
    await expect(reply.get_by_text("Line 79 of")).to_be_in_viewport()


async def test_stop_leads_to_the_page_with_the_text_so_far(plain: Page, person: Person) -> None:
    chat = await signed_in(plain, person)
    await ask(plain, plan(tokens=2000, rate=20))
    await expect(growing(plain).locator(".live-text:not(:empty)").first).to_be_attached()
    await plain.get_by_role("button", name="Stop").click()
    await expect(chat.reply("stopped")).to_have_count(1)
    await expect(chat.replies.locator("[data-note=stopped]")).to_be_visible()
    await expect(chat.box).to_be_visible()
    # What broke off goes on by a form.
    await plain.get_by_role("button", name="Continue").click()
    await expect(chat.reply("complete")).to_have_count(1)
    await expect(chat.replies.locator(".versions-place")).to_have_text("2/2")


async def test_a_new_conversation_is_a_click_away_while_it_streams(
    plain: Page, person: Person
) -> None:
    chat = await signed_in(plain, person)
    await ask(plain, plan(tokens=600, rate=20))
    await expect(growing(plain)).to_be_visible()
    is_wide = (plain.viewport_size or {"width": 0})["width"] > 800
    await plain.locator(".sidebar-new" if is_wide else ".topbar-new").click()
    await expect(chat.box).to_be_visible()
    await expect(plain.locator("#welcome")).to_be_visible()


async def test_an_edited_question_is_answered_in_the_same_way(plain: Page, person: Person) -> None:
    chat = await signed_in(plain, person)
    await ask(plain, "hello")
    await expect(chat.reply("complete")).to_have_count(1)
    await chat.questions.first.get_by_role("link", name="Edit").click()
    message = plan(tokens=60, rate=25)
    await chat.box.fill(message)
    await plain.get_by_role("button", name="Send").click(no_wait_after=True)
    await expect(growing(plain)).to_be_visible()
    await expect(chat.reply("complete")).to_have_count(1)
    await expect(chat.questions.first.locator(".versions-place")).to_have_text("2/2")
    stored = json.loads(await chat.replies.get_attribute("data-text") or '""')
    assert stored == text_for(message)


async def test_a_page_that_is_opened_in_mid_stream_joins_it(plain: Page, person: Person) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(tokens=200, rate=25))
    chat = await signed_in(plain, person)
    address = f"{chat.url}/chat/{start['conversation_id']}/"
    await plain.goto(address, wait_until="commit")
    await expect(growing(plain)).to_be_visible()
    assert plain.url.endswith("/live")
    await expect(chat.reply("complete")).to_have_count(1)


async def test_the_page_breaks_no_rule_while_it_grows_nor_after(
    browser: Browser, person: Person
) -> None:
    async with person.socket() as socket:
        start = await socket.chat(plan(say="Some *words*.\n\n```python\na = 1\n" * 40, rate=20))
    # axe-core is a script: only that the page would leave for the other one is prevented.
    context = await browser.new_context(reduced_motion="reduce")
    await context.route("**/with-script*.js", lambda route: route.abort())
    chat = await ChatPage.of(context, person)
    address = f"{chat.url}/chat/{start['conversation_id']}/live"
    await chat.page.goto(address, wait_until="commit")
    await expect(growing(chat.page).locator(".live-block").first).to_be_attached()
    assert await violations(chat.page, grows=True) == []
    await expect(growing(chat.page)).to_be_visible()
    await expect(chat.reply("complete")).to_have_count(1)
    assert await violations(chat.page) == []


async def test_with_scripts_a_page_is_never_held_open(page: ChatPage, person: Person) -> None:
    message = plan(tokens=200, rate=25)
    async with person.socket() as socket:
        start = await socket.chat(message)
    # By its history, or a link that somebody kept.
    address = f"/chat/{start['conversation_id']}/"
    await page.page.goto(f"{page.url}{address}live", wait_until="commit")
    await page.page.wait_for_url(re.compile(f"{address}$"), wait_until="commit")
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.reply("complete")).to_have_count(1)
    assert await page.saved_text() == text_for(message)

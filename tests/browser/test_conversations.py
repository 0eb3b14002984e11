"""The conversations beside the page: in a real browser, through real processes."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.pages import ChatPage
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.asking import plan

pytestmark = pytest.mark.browser

HERE = re.compile(r"/chat/[0-9a-f-]{36}/$")


async def begin(tab: ChatPage, message: str) -> str:
    """A new conversation with that message; gives its path."""
    await tab.open("/chat/")
    await tab.send(message)
    await expect(tab.reply("complete")).to_have_count(1)
    await tab.page.wait_for_url(HERE)
    return urlsplit(tab.page.url).path


def item(page: Page, title: str) -> Locator:
    return page.locator("#conversations .conversation-item").filter(
        has=page.get_by_role("link", name=title, exact=True)
    )


async def choose(page: Page, title: str, action: str) -> None:
    """Use the menu of a conversation in the list."""
    await item(page, title).hover()
    await item(page, title).get_by_role("button", name="Options").click()
    menu = page.locator("#item-menu")
    await expect(menu.get_by_role("button", name="Rename")).to_be_focused()
    await menu.get_by_text(action, exact=True).click()
    await expect(menu).to_be_hidden()


async def two_tabs(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> ChatPage:
    """Another tab, on the other instance."""
    other = await ChatPage.of(context, person, stack.webs[1])
    await other.open("/chat/")
    await expect(other.page.locator("#connection")).to_have_attribute("data-open", "")
    return other


async def test_other_tabs_learn_of_everything(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    other = await two_tabs(page, context, person, stack)
    await begin(page, "Where do rivers begin?")
    await begin(page, "What is granite?")
    links = other.page.locator("[data-group=today] .conversation-link")
    await expect(links).to_have_text(["What is granite?", "Where do rivers begin?"])
    await choose(page.page, "Where do rivers begin?", "Pin")
    pinned = other.page.locator("[data-group=pinned] .conversation-link")
    await expect(pinned).to_have_text(["Where do rivers begin?"])
    await expect(other.page.get_by_role("heading", name="Pinned")).to_be_visible()
    await expect(page.page.locator("[data-group=pinned] .conversation-link")).to_have_count(1)
    await choose(page.page, "Where do rivers begin?", "Unpin")
    await expect(pinned).to_have_count(0)
    await expect(links).to_have_count(2)
    await choose(page.page, "Where do rivers begin?", "Archive")
    await expect(links).to_have_text(["What is granite?"])
    assert other.errors == []


async def test_a_conversation_is_renamed_in_the_list(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    other = await two_tabs(page, context, person, stack)
    await begin(page, "Where do rivers begin?")
    await choose(page.page, "Where do rivers begin?", "Rename")
    box = page.page.get_by_role("textbox", name="Rename")
    await expect(box).to_be_focused()
    await box.fill("Nothing of this")
    await box.press("Escape")
    await expect(item(page.page, "Where do rivers begin?")).to_be_visible()
    await choose(page.page, "Where do rivers begin?", "Rename")
    await box.fill("Springs")
    await box.press("Enter")
    await expect(page.page.locator("#title")).to_have_text("Springs")
    await expect(item(other.page, "Springs")).to_be_visible()


async def test_a_title_that_is_being_written_stays_when_another_page_renames(
    page: ChatPage, person: Person
) -> None:
    path = await begin(page, "Where do rivers begin?")
    menu = page.page.locator("#menu")
    await menu.locator("summary").click()
    box = menu.get_by_label("Title")
    await box.fill("Spri")
    person.post(f"{path}rename/", title="Stones")
    await expect(page.page.locator("#title")).to_have_text("Stones")
    await box.press_sequentially("ngs  ")
    await expect(box).to_have_value("Springs  ")
    await box.press("Enter")
    await expect(page.page.locator("#title")).to_have_text("Springs")
    await expect(box).to_have_value("Springs")
    person.post(f"{path}rename/", title="Sources")
    await expect(box).to_have_value("Sources")


async def test_a_title_of_blanks_is_refused_in_words_that_go_with_the_next_success(
    context: BrowserContext, person: Person
) -> None:
    # The browser notes the refusal in its console.
    tab = await ChatPage.of(context, person)
    await begin(tab, "Where do rivers begin?")
    notice = tab.page.locator(".dock .notice[data-level=error]")
    menu = tab.page.locator("#menu")
    for title in ("   ", "Springs"):
        await menu.locator("summary").click()
        await menu.get_by_label("Title").fill(title)
        await menu.get_by_role("button", name="Rename").click()
        if not title.strip():
            await expect(notice).to_have_text("A title has between 1 and 80 characters.")
            await expect(tab.page.locator("#title")).to_have_text("Where do rivers begin?")
    await expect(tab.page.locator("#title")).to_have_text("Springs")
    await expect(notice).to_have_count(0, timeout=2_000)


async def test_a_deleted_conversation_comes_back_with_undo(page: ChatPage) -> None:
    await begin(page, "Where do rivers begin?")
    await begin(page, "What is granite?")
    await choose(page.page, "Where do rivers begin?", "Delete")
    await expect(item(page.page, "Where do rivers begin?")).to_have_count(0)
    notice = page.page.locator(".notice-undo")
    await expect(notice).to_contain_text("Where do rivers begin?")
    await expect(page.questions).to_have_count(1)
    await notice.get_by_role("button", name="Undo").click()
    await expect(item(page.page, "Where do rivers begin?")).to_have_count(1)
    await expect(notice).to_have_count(0)


async def test_deleting_what_is_open_leads_away_and_undo_back(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    path = await begin(page, "Where do rivers begin?")
    other = await ChatPage.of(context, person, stack.webs[1])
    await other.open(path)
    await expect(other.page.locator("#connection")).to_have_attribute("data-open", "")
    await page.page.locator("#menu summary").click()
    await page.page.locator("#menu").get_by_role("button", name="Delete").click()
    for tab in (page, other):
        await tab.page.wait_for_url("**/chat/?deleted=*")
        await expect(tab.questions).to_have_count(0)
        await expect(tab.page.locator("#connection")).to_have_attribute("data-open", "")
    await other.page.get_by_role("button", name="Undo").click()
    await other.page.wait_for_url(HERE)
    await expect(other.questions).to_have_count(1)
    await expect(item(page.page, "Where do rivers begin?")).to_have_count(1)


async def test_the_search_box_finds_while_one_types(page: ChatPage) -> None:
    await begin(page, plan(say="The spring is in the <b>mountains</b>."))
    await page.open("/chat/")
    box = page.page.get_by_role("searchbox", name="Search conversations")
    await box.press_sequentially("mount")
    found = page.page.locator("#found .found-link")
    await expect(found).to_have_count(1)
    await expect(found.locator("mark")).to_have_text("mount")
    await expect(found.locator("b")).to_have_count(0)
    await expect(page.page.locator("#conversations")).to_be_hidden()
    await expect(page.page.locator("#search-status")).to_have_text("1 conversation")
    await box.press("ArrowDown")
    await expect(found).to_be_focused()
    await found.press("Enter")
    await page.page.wait_for_url("**/chat/*/?at=*")
    await expect(page.replies).to_have_attribute("data-found", "")
    await box.fill("nowhere at all")
    await expect(page.page.locator("#found")).to_contain_text("Nothing was said about")
    await box.press("Escape")
    await expect(page.page.locator("#conversations")).to_be_visible()
    await expect(box).to_have_value("")


async def test_a_shared_link_is_read_by_somebody_who_is_not_signed_in(
    page: ChatPage, browser: Browser
) -> None:
    await begin(page, "Where do rivers begin?")
    await page.page.locator("#menu summary").click()
    await page.page.get_by_role("link", name="Share…").click()
    await page.page.get_by_role("button", name="Make a link").click()
    link = await page.page.get_by_label("Link", exact=True).input_value()
    await page.page.get_by_role("button", name="Copy").click()
    await expect(page.page.get_by_role("button", name="Copied")).to_be_visible()
    stranger = await (await browser.new_context()).new_page()
    await stranger.goto(link)
    await expect(stranger.get_by_role("heading", name="Where do rivers begin?")).to_be_visible()
    await expect(stranger.locator(".message")).to_have_count(2)
    await page.page.get_by_role("button", name="Revoke").click()
    await expect(page.page.get_by_role("status")).to_contain_text("no longer works")
    response = await stranger.reload()
    assert response
    assert response.status == 404


async def test_a_conversation_is_saved_as_a_file(page: ChatPage) -> None:
    await begin(page, "Where do rivers begin?")
    await page.page.locator("#menu summary").click()
    async with page.page.expect_download() as downloading:
        await page.page.get_by_role("link", name="Save as Markdown").click()
    download = await downloading.value
    assert download.suggested_filename == "where-do-rivers-begin.md"


async def test_it_works_without_javascript(browser: Browser, person: Person) -> None:
    context = await browser.new_context(java_script_enabled=False)
    tab = await ChatPage.of(context, person)
    await tab.open("/chat/")
    await tab.page.get_by_role("link", name="Explain how tides work").click()
    await expect(tab.box).to_have_value(re.compile("tides"))
    await tab.page.get_by_role("button", name="Send").click()
    await expect(tab.reply("complete")).to_have_count(1)
    await tab.page.locator("#menu summary").click()
    await tab.page.locator("#menu").get_by_role("button", name="Pin").click()
    await expect(tab.page.get_by_role("heading", name="Pinned")).to_be_visible()
    await tab.page.get_by_role("searchbox").fill("tides")
    await tab.page.get_by_role("searchbox").press("Enter")
    await expect(tab.page.locator(".found-link")).to_have_count(1)
    await tab.page.locator(".found-link").click()
    await tab.page.locator("#menu summary").click()
    await tab.page.locator("#menu").get_by_role("button", name="Delete").click()
    await tab.page.get_by_role("button", name="Undo").click()
    await expect(tab.questions).to_have_count(1)


async def test_older_conversations_come_when_the_list_is_scrolled(
    page: ChatPage, person: Person, stack: Stack
) -> None:
    make(stack, person, conversations=120)
    await page.page.reload()
    links = page.page.locator("#conversations .conversation-link")
    await expect(links).to_have_count(50)
    for count in (100, 120):
        await links.last.scroll_into_view_if_needed()
        await expect(links).to_have_count(count)
    # One month is one group, however many pages it came in.
    await expect(page.page.locator("#conversations section:has(li)")).to_have_count(1)
    await expect(page.page.locator(".conversation-older")).to_have_count(0)


async def test_a_conversation_of_two_thousand_messages_opens_at_its_end_and_grows_upwards(
    page: ChatPage, person: Person, stack: Stack
) -> None:
    (conversation_id,) = make(stack, person, messages=2000)
    await page.open(f"/chat/{conversation_id}/")
    messages = page.page.locator("#messages .message")
    await expect(messages.last).to_be_in_viewport()
    assert await messages.count() <= 62 * 2
    first = await messages.first.get_attribute("data-message-id")
    seen = page.page.locator(f'[data-message-id="{first}"]')
    await seen.scroll_into_view_if_needed()
    before = await seen.bounding_box()
    await expect(seen.locator("xpath=preceding-sibling::article")).not_to_have_count(0)
    after = await seen.bounding_box()
    assert before
    assert after
    # What was being read has not moved.
    assert abs(before["y"] - after["y"]) < 400
    await expect(seen).to_be_in_viewport()
    # Still at work at the end.
    await page.send("hello")
    await expect(page.reply("complete").last).to_be_in_viewport()


def make(stack: Stack, person: Person, *, conversations: int = 1, messages: int = 2) -> list[str]:
    """Conversations of last year, written into the database; gives their ids."""
    made = stack.run("-m", "tests.flow.long_ago", person.name, str(conversations), str(messages))
    assert made.status(seconds=60) == 0, made.printed
    return made.printed.split()

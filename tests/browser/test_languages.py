"""The page in another language."""

import re
import uuid
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, Page, expect

from scripts import translations
from tests.browser.pages import ChatPage, is_wider_than_its_window
from tests.browser.test_accessibility import PHONE, violations
from tests.flow.stack import Stack
from tests.provider.asking import plan

pytestmark = pytest.mark.browser

PASSWORD = "ein Fluss bei Hochwasser"
# What people see or hear of a page, the browser's own phrases too.
SAID = """() => {
  const said = new Set();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    if (!texts.currentNode.parentElement.closest("script, style, [lang=en], .message-body"))
      said.add(texts.currentNode.data.trim());
  }
  for (const element of document.querySelectorAll("*")) {
    for (const name of ["title", "aria-label", "placeholder"])
      if (element.hasAttribute(name)) said.add(element.getAttribute(name));
  }
  for (const words of Object.values(document.getElementById("phrases")?.dataset ?? {}))
    said.add(words);
  return [...said];
}"""


def english() -> set[str]:
    """Every sentence that is another one in German."""
    german = translations.LOCALE / "de" / "LC_MESSAGES" / "django.po"
    return {
        one.id
        for one in translations.read(german)
        if isinstance(one.id, str) and one.id and one.string != one.id
    }


async def english_on(page: Page) -> set[str]:
    return set(await page.evaluate(SAID)) & english()


@pytest.fixture
async def german(browser: Browser, stack: Stack) -> AsyncIterator[ChatPage]:
    """A tab of somebody whose browser wishes for German; signed out."""
    context = await browser.new_context(
        locale="de-AT", viewport={"width": 1280, "height": 800}, reduced_motion="reduce"
    )
    tab = ChatPage(await context.new_page(), stack.webs[0].url)
    yield tab
    assert tab.errors == []


async def sign_up(tab: ChatPage) -> str:
    await tab.open("/sign-up/")
    name = f"ada-{uuid.uuid4().hex[:8]}"
    await tab.page.get_by_label("Name", exact=True).fill(name)
    await tab.page.get_by_label("Passwort", exact=True).fill(PASSWORD)
    await tab.page.get_by_label("Passwort wiederholen").fill(PASSWORD)
    await tab.page.get_by_role("button", name="Konto erstellen").click()
    await tab.page.wait_for_url("**/chat/")
    return name


async def test_the_whole_way_is_german(german: ChatPage) -> None:
    page = german.page
    await german.open("/sign-in/")
    await expect(page.get_by_role("heading", name="Willkommen")).to_be_visible()
    assert await english_on(page) == set()
    await page.get_by_role("link", name="Konto erstellen").click()
    await page.wait_for_url("**/sign-up/")
    assert await english_on(page) == set()
    name = await sign_up(german)
    await expect(page.get_by_role("heading", name="Was beschäftigt dich?")).to_be_visible()
    assert await english_on(page) == set()

    await german.send(plan(tokens=3000, rate=20))
    await expect(german.replies.locator(".message-pace")).to_contain_text("Tokens/s")
    await expect(page.locator("#announcer")).to_have_text("Rivulet antwortet.")
    await page.get_by_role("button", name="Stoppen").click()
    await expect(german.reply("stopped")).to_have_count(1)
    await expect(german.replies.get_by_text("Gestoppt", exact=True)).to_be_visible()
    assert await english_on(page) == set()

    await german.send(plan(say="Ein Fluss fließt.", input_tokens=12345))
    await expect(german.reply("complete")).to_have_count(1)
    for _ in ("as it came", "as the server renders it"):
        await expect(german.reply("complete").locator(".message-figures")).to_have_text(
            re.compile(r"\d,\d\s?s$")
        )
        await page.reload()

    sentence = "Das Modell hat diese Anfrage abgelehnt."
    await german.send(plan(fault="status", status=400))
    for _ in ("as it came", "as the server renders it"):
        await expect(german.reply("failed").locator(".message-error")).to_have_text(sentence)
        assert await english_on(page) == set()
        await page.reload()

    await page.locator("#menu summary").click()
    await page.get_by_label("Titel").fill("Über Flüsse")
    await page.locator("#menu").get_by_role("button", name="Umbenennen").click()
    await expect(page.locator("#title")).to_have_text("Über Flüsse")
    await page.get_by_role("searchbox", name="Unterhaltungen durchsuchen").fill("Flüsse")
    await expect(page.locator("#found")).to_contain_text("1 Unterhaltung")
    assert await english_on(page) == set()
    await page.get_by_role("link", name=name).click()
    await expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    assert await english_on(page) == set()


async def test_a_language_is_chosen_and_left_again(german: ChatPage) -> None:
    page = german.page
    await sign_up(german)
    await german.send(plan(fault="status", status=400))
    await expect(german.reply("failed")).to_have_count(1)
    await german.open("/settings/")
    await page.get_by_role("button", name="English").click()
    await expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "en")
    await german.open("/")
    # What failed in German and is read in English.
    await expect(german.reply("failed")).to_contain_text("The model refused this request.")
    # What fails now: the socket has learned it, too.
    await german.send(plan(fault="status", status=400))
    await expect(german.replies.last.locator(".message-error")).to_have_text(
        "The model refused this request."
    )
    await german.open("/settings/")
    await page.get_by_role("button", name="Deutsch").click()
    await expect(page.get_by_role("heading", name="Einstellungen")).to_be_visible()
    await expect(page.get_by_role("button", name="Deutsch")).to_have_attribute(
        "aria-current", "true"
    )


async def test_a_language_is_chosen_without_scripts(browser: Browser, stack: Stack) -> None:
    context = await browser.new_context(java_script_enabled=False, locale="en-GB")
    page = await context.new_page()
    await page.goto(f"{stack.webs[0].url}/sign-in/?next=/settings/")
    await page.get_by_role("button", name="Deutsch").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Willkommen")).to_be_visible()
    assert page.url.endswith("/sign-in/?next=/settings/")


async def test_the_length_of_a_message_is_told_in_german(german: ChatPage) -> None:
    await sign_up(german)
    count = german.page.locator("#composer-count")
    for length, words in (
        (30_000, "Noch 2.000 Zeichen"),
        (31_999, "Noch 1 Zeichen"),
        (33_500, "1.500 Zeichen zu viel"),
    ):
        await german.box.fill("x" * length)
        await expect(count).to_have_text(words)


@pytest.mark.parametrize("look", ["wide", "phone", "twice the size"])
async def test_german_pages_fit_and_break_no_rule(
    browser: Browser, stack: Stack, look: str
) -> None:
    size = {"wide": (1280, 800), "phone": (390, 844), "twice the size": (640, 400)}[look]
    options = PHONE if look == "phone" else {}
    context = await browser.new_context(
        **options | {"viewport": {"width": size[0], "height": size[1]}},
        locale="de-DE",
        reduced_motion="reduce",
    )
    tab = ChatPage(await context.new_page(), stack.webs[0].url)
    page = tab.page
    for path in ("/sign-in/", "/sign-up/"):
        await tab.open(path)
        assert not await is_wider_than_its_window(page), path
        assert await violations(page) == [], path
    await sign_up(tab)
    assert await violations(page) == []
    await tab.box.fill(plan(say="Ein Fluss."))
    await page.locator("#composer [data-action=send]").click()
    await expect(tab.reply("complete")).to_have_count(1)
    assert await violations(page) == []
    await page.locator("#menu summary").click()
    assert not await is_wider_than_its_window(page)
    here = page.url.removeprefix(tab.url)
    for path in (
        "/settings/",
        "/archive/",
        "/chat/search/?q=Fluss",
        f"{here}share/",
        f"{here}delete/",
    ):
        await tab.open(path)
        assert not await is_wider_than_its_window(page), path

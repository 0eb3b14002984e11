"""Without a connection: what was seen opens, what is written waits and goes out once, and nobody
sees what was another person's."""

import asyncio
import contextlib
import json
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Error, Page, expect

from tests.browser.pages import WAIT_MS, ChatPage
from tests.browser.test_accessibility import LOOKS, violations
from tests.flow.people import Person
from tests.flow.stack import Stack, Web

pytestmark = pytest.mark.browser

OWN_WORDS = "What is only mine"


def plan(**words: object) -> str:
    return json.dumps({"marker": uuid.uuid4().hex, **words})


def path_of(page: ChatPage) -> str:
    return page.page.url.removeprefix(page.url)


async def kept_paths(page: Page) -> list[str]:
    """The pages on the device, the newest first."""
    found = await page.evaluate(
        """async () => {
          const name = (await caches.keys()).find((each) => each.startsWith("pages "));
          const index = name && (await (await caches.open(name)).match("/offline/index"));
          return index ? (await index.json()).map(({ path }) => path) : [];
        }"""
    )
    return [str(path) for path in found]


async def until_kept(page: ChatPage, *, path: str | None = None, words: str = "") -> None:
    """The page is on the device, in a version in which these words stand."""
    await page.page.evaluate(
        """async ([path, words]) => {
          for (;;) {
            const name = (await caches.keys()).find((each) => each.startsWith("pages "));
            const kept = name && (await (await caches.open(name)).match(path));
            if (kept && (await kept.text()).includes(words)) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }""",
        [path or path_of(page), words],
    )


async def ask(page: ChatPage, text: str, *, count: int = 1) -> None:
    await page.send(text)
    await expect(page.reply("complete")).to_have_count(count)


async def seen(page: ChatPage, text: str = OWN_WORDS) -> str:
    """A conversation that was had here, and is on the device as it is; gives its path."""
    await page.open("/chat/")
    await ask(page, text)
    await until_kept(page, words='data-status="complete" data-message-id')
    await until_kept(page, path="/chat/")
    return path_of(page)


def kill(web: Web) -> None:
    web.running.process.kill()
    web.running.status()


def come_back(stack: Stack, web: Web) -> None:
    stack.begin_again(web)
    web.wait_ready()


async def test_what_was_seen_opens_without_a_connection(
    page: ChatPage, context: BrowserContext
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.questions.locator(".message-body")).to_have_text([OWN_WORDS])
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.page.locator("#connection")).to_contain_text("as you last saw it")
    await expect(page.page.locator("body")).to_have_css("display", "grid")
    # The start of the app leads there.
    await page.open("/")
    await expect(page.page).to_have_url(f"{page.url}{path}")
    await expect(page.questions).to_have_count(1)
    # And a new one can be begun.
    await page.open("/chat/")
    await expect(page.box).to_be_visible()
    await expect(page.questions).to_have_count(0)


async def test_what_was_never_seen_says_so_and_leads_to_what_was(
    page: ChatPage, context: BrowserContext
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    never = f"/chat/{uuid.uuid4()}/"
    await page.open(never)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    assert await violations(page.page) == []
    await page.page.locator(".seen-link").click()
    await expect(page.page).to_have_url(f"{page.url}{path}")
    await expect(page.questions).to_have_count(1)
    await page.open("/settings/")
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    await context.set_offline(False)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("Settings")


async def test_what_is_written_on_a_kept_page_goes_out_once(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    kill(stack.webs[0])
    await page.page.reload()
    message = plan(tokens=5)
    await page.send(message)
    waiting = page.questions.last.locator("[data-note=waiting]")
    await expect(waiting).to_be_visible()
    await page.page.reload()
    await expect(waiting).to_be_visible()
    assert stack.requests(message) == []
    come_back(stack, stack.webs[0])
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.questions).to_have_count(2)
    await expect(page.page.locator("#connection")).to_be_empty()
    await expect(page.page.locator("html")).not_to_have_attribute("data-kept", "")
    # It is the server's page now: its forms work.
    await page.page.locator("#menu summary").click()
    await page.page.locator("#rename").fill("Another name")
    await page.page.get_by_role("button", name="Rename", exact=True).click()
    await expect(page.page.locator("#title")).to_have_text("Another name")
    assert len(stack.requests(message)) == 1
    assert path_of(page) == path
    assert page.errors == []


async def test_what_a_closed_tab_left_goes_out_when_the_app_is_opened(
    page: ChatPage, context: BrowserContext, person: Person, stack: Stack
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    message = plan(tokens=5)
    await page.send(message)
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    path = path_of(page)
    await page.page.close()
    await context.set_offline(False)
    again = await ChatPage.of(context, person)
    await again.open(path)
    await expect(again.reply("complete")).to_have_count(2)
    await expect(again.questions).to_have_count(2)
    assert len(stack.requests(message)) == 1
    stored = await again.page.evaluate(
        "Object.keys(localStorage).filter((key) => key.startsWith('outbox'))"
    )
    assert stored == []


async def test_a_tab_that_lives_keeps_what_it_waits_with(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await page.open("/chat/")
    await page.send("the first of two")
    await expect(page.questions.locator("[data-note=waiting]")).to_be_visible()
    second = await ChatPage.of(context, person)
    await second.open("/chat/")
    await second.send("the second of two")
    await expect(second.questions).to_have_count(1)
    await context.set_offline(False)
    for one in (page, second):
        await expect(one.reply("complete")).to_have_count(1)
        await expect(one.questions).to_have_count(1)


async def test_a_new_conversation_begun_offline_gets_its_place(
    page: ChatPage, context: BrowserContext, stack: Stack
) -> None:
    await seen(page)
    await context.set_offline(True)
    await page.open("/chat/")
    message = plan(tokens=5)
    await page.send(message)
    await page.page.reload()
    await expect(page.questions.locator("[data-note=waiting]")).to_be_visible()
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(1)
    await expect(page.questions).to_have_count(1)
    assert path_of(page) != "/chat/"
    assert len(stack.requests(message)) == 1


async def test_an_answer_that_went_on_meanwhile_is_whole(
    page: ChatPage, context: BrowserContext
) -> None:
    await page.open("/chat/")
    await page.send(plan(tokens=120, rate=12))
    await expect(page.replies.locator(".message-body")).not_to_be_empty()
    await until_kept(page, words='data-status="processing" data-message-id')
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.reply("processing")).to_have_count(1)
    await expect(page.replies.locator("[data-note=paused]")).to_be_visible()
    assert await violations(page.page) == []
    await context.set_offline(False)
    await expect(page.reply("complete")).to_have_count(1)
    shown = json.loads(await page.replies.get_attribute("data-text") or '""')
    assert await page.saved_text() == shown


async def test_what_others_said_meanwhile_is_there_afterwards(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    path = await seen(page)
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.questions).to_have_count(1)
    async with person.socket() as elsewhere:
        await elsewhere.ask("from another device", conversation_id=path.split("/")[2])
    person.post(f"{path}rename/", title="Named elsewhere")
    await context.set_offline(False)
    await expect(page.questions).to_have_count(2)
    await expect(page.reply("complete")).to_have_count(2)
    await expect(page.page.locator("#title")).to_have_text("Named elsewhere")


async def test_nothing_of_a_person_is_left_after_signing_out(
    page: ChatPage, context: BrowserContext, person: Person, other: Person
) -> None:
    path = await seen(page)
    tab = await ChatPage.of(context, person)
    await tab.open(path)
    await tab.box.fill("a draft in another tab")
    await page.box.fill("a draft")
    await page.page.locator("#leave button").click()
    await expect(page.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    await page.page.wait_for_url("**/sign-in/")
    await expect(tab.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert await kept_paths(page.page) == []
    stored = await page.page.evaluate("JSON.stringify({ ...localStorage, ...sessionStorage })")
    assert "draft" not in stored
    await context.set_offline(True)
    await tab.page.close()
    for address in (path, "/", "/chat/"):
        # The service worker has gone, too: it is the browser that says so.
        with contextlib.suppress(Error):
            await page.open(address)
        await expect(page.page.get_by_text(OWN_WORDS)).to_have_count(0)
    await context.set_offline(False)
    # Somebody else at the same browser.
    guest = await ChatPage.of(context, other)
    await guest.open("/chat/")
    await until_kept(guest, path="/chat/")
    await context.set_offline(True)
    await guest.open(path)
    await expect(guest.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    assert OWN_WORDS not in await guest.page.content()
    await expect(guest.page.locator(".seen-link")).to_have_count(0)


async def test_another_person_without_signing_out_sees_nothing_either(
    page: ChatPage, context: BrowserContext, other: Person
) -> None:
    path = await seen(page)
    guest = await ChatPage.of(context, other)
    await page.page.close()
    await guest.open("/chat/")
    await until_kept(guest, path="/chat/")
    assert await kept_paths(guest.page) == ["/chat/"]
    await context.set_offline(True)
    await guest.open(path)
    await expect(guest.page.get_by_role("heading", level=1)).to_have_text("You are offline")


async def test_the_servers_answer_wins_over_what_is_kept(
    page: ChatPage, context: BrowserContext, person: Person
) -> None:
    path = await seen(page)
    second = await seen(page, "stays")
    person.post(f"{path}delete/")
    answer = await page.page.goto(f"{page.url}{path}")
    assert answer
    assert answer.status == 404
    await page.open(second)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")
    await expect(page.page.locator(".seen-link")).to_have_count(1)
    await context.set_offline(False)
    # It looks again by itself, and gets the server's answer.
    await expect(page.page.locator(".seen-link")).to_have_count(0)
    await expect(page.page.get_by_role("heading", name="not found")).to_be_visible()
    await page.open(second)
    # The session ends elsewhere.
    await context.clear_cookies()
    await page.open(second)
    await expect(page.page.get_by_role("heading", name="Welcome back")).to_be_visible()
    assert await kept_paths(page.page) == []
    # What a missing page looks like in the console.
    page.errors.clear()


@pytest.mark.parametrize("where", ["here", "on another device"])
async def test_a_deleted_conversation_leaves_the_device(
    page: ChatPage, context: BrowserContext, person: Person, where: str
) -> None:
    stays = await seen(page, "stays")
    path = await seen(page)
    if where == "here":
        await page.page.locator("#menu summary").click()
        await page.page.locator("#menu [data-act=delete] button").click()
        await expect(page.page.locator(".notice-undo")).to_be_visible()
    else:
        await page.page.goto("about:blank")
        person.post(f"{path}delete/")
        await page.open(stays)
    await page.page.evaluate(
        """async (path) => {
          for (;;) {
            const name = (await caches.keys()).find((each) => each.startsWith("pages "));
            if (!(await (await caches.open(name)).match(path))) return;
            await new Promise((resolve) => setTimeout(resolve, 50));
          }
        }""",
        path,
    )
    assert path not in await kept_paths(page.page)
    assert stays in await kept_paths(page.page)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.page.get_by_role("heading", level=1)).to_have_text("You are offline")


def deploy(stack: Stack) -> None:
    """A stylesheet changes: a new name in, the old file away, and the web process anew."""
    folder = stack.folder / "var" / "static"
    manifest = folder / "staticfiles.json"
    names = json.loads(manifest.read_text())
    old = Path(names["paths"]["css/chat.css"])
    new = old.with_name(f"chat.{uuid.uuid4().hex[:12]}.css")
    text = (folder / old).read_text()
    (folder / new).write_text(f"{text}\n:root {{ --deployed: 1; }}\n")
    for one in folder.glob(f"{old}*"):
        one.unlink()
    names["paths"]["css/chat.css"] = str(new)
    manifest.write_text(json.dumps(names))
    kill(stack.webs[0])
    come_back(stack, stack.webs[0])


async def shells(page: ChatPage) -> list[str]:
    names = await page.page.evaluate("caches.keys()")
    return [name for name in names if name.startswith("files ")]


async def until_shells(page: ChatPage, count: int, *, without: str = "") -> None:
    async with asyncio.timeout(WAIT_MS / 1000):
        while True:
            # The page may be loaded anew meanwhile.
            with contextlib.suppress(Error):
                names = await shells(page)
                if len(names) == count and without not in names:
                    return
            await asyncio.sleep(0.05)


async def test_a_new_version_takes_over_and_the_old_one_goes(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack(webs=0, DEBUG="0")
    assert stack.run("manage.py", "collectstatic", "--noinput").status(seconds=60) == 0
    stack.begin_web().wait_ready()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    (old,) = await shells(page)
    deploy(stack)
    # The open page is not broken, and finds the new version by itself.
    await ask(page, "still here", count=2)
    await until_shells(page, 2)
    # What was kept before has its own files until it is seen again.
    await until_kept(page, words="still here")
    await page.open("/chat/")
    await until_shells(page, 1, without=old)
    await context.set_offline(True)
    await page.open(path)
    await expect(page.questions).to_have_count(2)
    deployed = "getComputedStyle(document.documentElement).getPropertyValue('--deployed')"
    assert (await page.page.evaluate(deployed)).strip() == "1"
    assert page.errors == []


async def test_a_page_of_an_earlier_version_opens_with_its_own_files(
    own_stack: Callable[..., Stack], context: BrowserContext
) -> None:
    stack = own_stack(webs=0, DEBUG="0")
    assert stack.run("manage.py", "collectstatic", "--noinput").status(seconds=60) == 0
    stack.begin_web().wait_ready()
    page = await ChatPage.of(context, Person(stack, "somebody"))
    path = await seen(page)
    deploy(stack)
    await page.open("/chat/")
    await until_shells(page, 2)
    # Its cache is there before all files are in it. Then it waits until the earlier one has nothing
    # to do, and Chromium looks whether that is so when something happens.
    async with asyncio.timeout(WAIT_MS / 1000):
        while await page.page.evaluate(
            """async () => {
              const { installing, waiting, active } =
                await navigator.serviceWorker.getRegistration();
              return Boolean(installing || waiting) || active.state !== "activated";
            }"""
        ):
            await page.open("/chat/")
    kill(stack.webs[0])
    await page.open(path)
    await expect(page.questions).to_have_count(1)
    await expect(page.page.locator("body")).to_have_css("display", "grid")
    # And is the new version's when that can be reached.
    come_back(stack, stack.webs[0])
    # Not after the next of ever rarer attempts, but now.
    await page.page.evaluate("dispatchEvent(new Event('online'))")
    await until_shells(page, 1)
    assert page.errors == []


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_no_state_without_a_connection_breaks_a_rule(
    browser: Browser, person: Person, look: str
) -> None:
    context = await browser.new_context(**LOOKS[look], reduced_motion="reduce")
    page = await ChatPage.of(context, person)
    await page.open("/chat/")
    await page.box.fill("hello")
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.reply("complete")).to_have_count(1)
    await until_kept(page, words='data-status="complete" data-message-id')
    await context.set_offline(True)
    await page.page.reload()
    await expect(page.page.locator("#connection")).not_to_be_empty()
    assert await violations(page.page) == [], "kept"
    await page.box.fill("waits")
    await page.page.locator("#composer [data-action=send]").click()
    await expect(page.questions.last.locator("[data-note=waiting]")).to_be_visible()
    assert await violations(page.page) == [], "waiting"
    await page.open(f"/chat/{uuid.uuid4()}/")
    await expect(page.page.locator(".seen-link")).to_have_count(1)
    assert await violations(page.page) == [], "never seen"


async def test_what_waits_is_said_once(page: ChatPage, context: BrowserContext) -> None:
    await ask(page, "hello")
    await page.page.evaluate(
        """() => {
          window.heard = [];
          new MutationObserver(() => window.heard.push(announcer.textContent))
            .observe(announcer, { childList: true, characterData: true, subtree: true });
        }"""
    )
    await context.set_offline(True)
    await page.send("waits")
    await expect(page.page.locator("#announcer")).to_have_text("Your message waits to be sent.")
    await expect(page.page.locator("#connection")).to_contain_text("You are offline")
    heard = await page.page.evaluate("window.heard")
    assert heard == ["Your message waits to be sent."]


async def test_signing_out_needs_a_connection(page: ChatPage, context: BrowserContext) -> None:
    await until_kept(page, path="/chat/")
    await context.set_offline(True)
    await page.page.locator("#leave button").click()
    await expect(page.page.get_by_role("alert").filter(has_text="Signing out")).to_be_visible()
    await context.set_offline(False)

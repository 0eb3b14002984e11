"""The states of a conversation."""

from playwright.async_api import Page, expect

from scripts.screenshots.answers import LATER, PENDULUM, TIDES
from scripts.screenshots.scene import Scene
from scripts.screenshots.table import DESKTOP, EVERYWHERE, PHONE, PHONE_DARK, Skipped, state


@state("welcome", "A new conversation", *EVERYWHERE)
async def welcome(scene: Scene, page: Page) -> None:
    await scene.open(page, "/chat/")


@state("waiting", "A question, and dots until the first words come", DESKTOP, PHONE)
async def waiting(scene: Scene, page: Page) -> None:
    await scene.ask(page, LATER)
    await expect(page.locator("#messages .message-waiting")).to_be_visible()


@state("streaming", "An answer while it is written: formula, table, code", *EVERYWHERE)
async def streaming(scene: Scene, page: Page) -> None:
    await scene.ask(page, PENDULUM)
    await expect(scene.replies(page)).to_contain_text("is tall swings")
    await expect(scene.replies(page).locator("math").first).to_be_visible()
    await expect(scene.replies(page).locator(".code code span").first).to_be_attached()


@state("finished", "A finished answer, with how it was made", *EVERYWHERE)
async def finished(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "duplicate")
    await expect(scene.replies(page).locator(".code code span").first).to_be_attached()
    await page.locator(".message-details summary").click()
    await page.locator("#thread").evaluate("each => each.scrollTo(0, each.scrollHeight)")


@state("thoughts", "What a model thought before it answered, unfolded", DESKTOP, PHONE)
async def thoughts(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "thoughts")
    await page.locator(".message-thinking summary").click()
    await expect(page.locator(".message-thoughts")).to_be_visible()


@state("assistant", "An assistant, with its own beginnings", DESKTOP, PHONE_DARK)
async def assistant(scene: Scene, page: Page) -> None:
    await scene.open(page, "/chat/")
    await page.locator(".assistant", has_text="Cook").click()
    await expect(page.locator("#assistant")).to_contain_text("Cook")
    await expect(page.locator(".example").first).to_be_visible()


@state("stopped", "An answer that was stopped can go on")
async def stopped(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "canals")


@state("interrupted", "An answer that was interrupted can go on or be tried again")
async def interrupted(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "interrupted")


@state("failed", "There is no answer: why, and another try", DESKTOP, PHONE)
async def failed(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "reading")


@state("offline", "Without a connection a message waits visibly", DESKTOP, PHONE)
async def offline(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    # Going offline closes what stands; a handshake that is under way comes through all the same.
    await expect(page.locator("#connection")).to_have_attribute("data-open", "")
    await page.context.set_offline(True)
    await expect(page.locator("#connection")).not_to_be_empty()
    await scene.send(page, "And why are there neap tides?")
    await expect(page.locator("[data-note=waiting]:visible")).to_be_visible()


@state("reconnecting", "The connection broke, and is being made again")
async def reconnecting(scene: Scene, page: Page) -> None:
    await page.route_web_socket("**/ws/chat/*", lambda socket: socket.close())
    # Nor is there a way around.
    await page.route("**/api/v1/**", lambda route: route.abort())
    await scene.open_said(page, "tides")
    await expect(page.locator("#connection")).not_to_be_empty()


@state("edit", "A question is edited in its place", DESKTOP, PHONE)
async def edit(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    await page.locator("#message").press("ArrowUp")
    await page.get_by_role("textbox", name="Edit message").fill(
        f"{TIDES}, and who lives by the sea"
    )


@state("versions", "Every version is kept, a step away", DESKTOP, PHONE)
async def versions(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "another")
    await expect(scene.replies(page).locator(".versions-place")).to_have_text("2/3")


@state("feedback", "A thumb, and a comment for those who run the service")
async def feedback(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "duplicate")
    await page.get_by_text("Add a comment").click()
    await page.get_by_role("textbox", name="Comment").fill("It should skip empty files.")
    await page.locator("#thread").evaluate("each => each.scrollTo(0, each.scrollHeight)")


@state("long", "A long conversation opens at its end; earlier messages come as one scrolls")
async def long(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "long")
    await expect(scene.replies(page).last).to_be_in_viewport()


@state("menu", "What can be done with a conversation")
async def menu(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    await page.locator("#menu summary").click()


@state("shortcuts", "The keyboard's shortcuts")
async def shortcuts(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    await page.locator("[data-shortcuts]").click()
    await expect(page.locator("#shortcuts")).to_be_visible()


@state(
    "without-script",
    "Without JavaScript the answer grows in the page, too",
    *(DESKTOP, PHONE, PHONE_DARK),
    scripts=False,
)
async def without_script(scene: Scene, page: Page) -> None:
    await scene.ask(page, PENDULUM)
    await expect(page.locator("#live")).to_contain_text("is tall swings")


@state("without-script-finished", "The same page when its answer has ended", scripts=False)
async def without_script_finished(scene: Scene, page: Page) -> None:
    await scene.ask(page, TIDES)
    await expect(scene.replies(page, "complete")).to_have_count(1)


@state("german", "The same in German", DESKTOP, PHONE, language="de-DE")
async def german(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "another")
    if not await scene.language_is(page, "de"):
        raise Skipped("there is no German yet")

"""The states of the list of conversations, and of the other pages."""

from playwright.async_api import Page, expect

from scripts.screenshots.scene import Scene
from scripts.screenshots.table import DARK, DESKTOP, PHONE, PHONE_DARK, state

SHARED = "/share/9mVxw2kQf7cT3sLr0HdNbY8a/"


@state("sign-in", "Signing in", DESKTOP, DARK, PHONE, who="nobody")
async def sign_in(scene: Scene, page: Page) -> None:
    await scene.open(page, "/sign-in/")


@state("sign-up", "Making an account", who="nobody")
async def sign_up(scene: Scene, page: Page) -> None:
    await scene.open(page, "/sign-up/")


@state("sidebar", "The conversations, on a phone behind a button", PHONE, PHONE_DARK)
async def sidebar(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    await page.locator(".topbar-menu").click()
    await expect(page.locator("#sidebar")).to_be_visible()
    # It slides in.
    await expect(page.locator("#sidebar")).to_have_css("translate", "0px")


@state("item-menu", "A conversation's menu in the list")
async def item_menu(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    item = page.locator(".conversation-item").nth(3)
    await item.hover()
    await item.locator("[data-item-menu]").click()
    await expect(page.locator("#item-menu")).to_be_visible()


@state("search", "Search while one types")
async def search(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "tides")
    await page.get_by_role("searchbox").fill("moon")
    await expect(page.locator("#found .found-link").first).to_be_visible()


@state("search-page", "What was found, on a page of its own", DESKTOP, PHONE)
async def search_page(scene: Scene, page: Page) -> None:
    await scene.open(page, "/chat/search/?q=moon")


@state("undo", "Deleted, with a minute to undo")
async def undo(scene: Scene, page: Page) -> None:
    await scene.open_said(page, "names")
    await page.locator("#menu summary").click()
    await page.locator("#menu").get_by_role("button", name="Delete").click()
    await expect(page.locator(".notice-undo")).to_be_visible()


@state("archive", "The archive", DESKTOP, PHONE)
async def archive(scene: Scene, page: Page) -> None:
    await scene.open(page, "/chat/archive/")


@state("share", "Links to a conversation", DESKTOP, PHONE)
async def share(scene: Scene, page: Page) -> None:
    await scene.open(page, f"{scene.address('tides')}share/")
    # The port is another one every time.
    await page.locator(".entry-link").evaluate(
        "each => { each.value = each.value.replace(/^http:..[^/]+/, 'https://chat.example.org'); }"
    )


@state("shared", "What whoever has the link sees", DESKTOP, PHONE, who="nobody")
async def shared(scene: Scene, page: Page) -> None:
    await scene.open(page, SHARED)


@state("settings", "Settings", DESKTOP, PHONE)
async def settings(scene: Scene, page: Page) -> None:
    await scene.open(page, "/settings/")


@state("keys", "Keys for programs", DESKTOP, PHONE)
async def keys(scene: Scene, page: Page) -> None:
    await scene.open(page, "/settings/keys/")


@state("interface", "What programs may ask")
async def interface(scene: Scene, page: Page) -> None:
    await scene.open(page, "/api/v1/docs")
    await page.locator(".described-one summary").first.click()


@state("admin", "For staff: the conversation logs", who="staff")
async def admin(scene: Scene, page: Page) -> None:
    await scene.open(page, "/admin/chat/conversation/")


@state(
    "admin-transcript", "For staff: what was said, with its figures and every version", who="staff"
)
async def admin_transcript(scene: Scene, page: Page) -> None:
    conversation_id = scene.address("another").split("/")[2]
    await scene.open(page, f"/admin/chat/conversation/{conversation_id}/change/")


@state("admin-costs", "For staff: what it costs, by day", who="staff")
async def admin_costs(scene: Scene, page: Page) -> None:
    await scene.open(page, "/admin/costs/")


@state("admin-models", "For staff: the models and their circuits", who="staff")
async def admin_models(scene: Scene, page: Page) -> None:
    await scene.open(page, "/admin/providers/")


@state("admin-assistant", "For staff: an assistant and its prompt", who="staff")
async def admin_assistant(scene: Scene, page: Page) -> None:
    await scene.open(page, "/admin/chat/assistant/")
    await page.get_by_role("link", name="Cook").click()

"""Takes the pictures in docs/ of a running Rivulet: `.venv/bin/python scripts/screenshots.py URL`.

Signs up somebody new, asks the model that is configured there, and stops the reply.
"""

import asyncio
import secrets
import shutil
import sys
from pathlib import Path

from playwright.async_api import Browser, Page, async_playwright

DOCS = Path(__file__).resolve().parent.parent / "docs"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
DESKTOP = {"width": 1200, "height": 760}
PHONE = {"width": 390, "height": 780}
QUESTION = "What is a rivulet?"
WAIT_MS = 120_000


async def main(url: str) -> None:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium found: install the package chromium")
    DOCS.mkdir(exist_ok=True)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=FLAGS)
        await take(browser, url)
        await browser.close()


async def take(browser: Browser, url: str) -> None:
    context = await browser.new_context(viewport=DESKTOP)
    page = await context.new_page()
    await sign_up(page, url)
    await shot(page, "new")
    await ask(page, QUESTION)
    await page.locator(".message[data-role=assistant]:not([data-empty])").wait_for(timeout=WAIT_MS)
    await page.wait_for_timeout(500)
    await shot(page, "streaming")
    await page.locator(".message[data-status=complete][data-role=assistant]").wait_for(
        timeout=WAIT_MS
    )
    await shot(page, "complete")
    phone = await browser.new_context(
        viewport=PHONE,
        color_scheme="dark",
        device_scale_factor=2,
        storage_state=await context.storage_state(),
    )
    small = await phone.new_page()
    await small.goto(page.url)
    await small.wait_for_timeout(500)
    await shot(small, "phone-dark")


async def sign_up(page: Page, url: str) -> None:
    password = secrets.token_urlsafe(12)
    await page.goto(f"{url}/sign-up/")
    await page.fill("input[name=username]", f"guest-{secrets.token_hex(2)}")
    await page.fill("input[name=password1]", password)
    await page.fill("input[name=password2]", password)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/chat/")


async def ask(page: Page, question: str) -> None:
    await page.fill("#message", question)
    await page.keyboard.press("Enter")


async def shot(page: Page, name: str) -> None:
    await page.screenshot(path=DOCS / f"{name}.png")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/") if len(sys.argv) > 1 else "http://127.0.0.1:8000"))

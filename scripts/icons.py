"""Draws the app's icons in static/icon/ from the mark: `.venv/bin/python scripts/icons.py`."""

import asyncio
import shutil
import sys
from pathlib import Path

from playwright.async_api import Page, async_playwright

ICONS = Path(__file__).resolve().parent.parent / "static" / "icon"
SIZES = (192, 512)
TOUCH_SIZE = 180
# What a platform may cut off: the mark stays within the inner four fifths.
MASKABLE_SCALE = 0.72


async def main() -> None:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        sys.exit("no Chromium found: install the package chromium")
    mark = (ICONS / "favicon.svg").read_text()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = await browser.new_page()
        for size in SIZES:
            await draw(page, mark, size, f"icon-{size}.png")
            await draw(page, whole(mark), size, f"maskable-{size}.png")
        # This platform rounds the corners itself.
        await draw(page, whole(mark, scale=0.86), TOUCH_SIZE, "apple-touch.png")
        await browser.close()


def whole(mark: str, scale: float = MASKABLE_SCALE) -> str:
    """The mark smaller, on a ground without corners."""
    start, path, end = mark.partition("<path")
    ground = start.replace(' rx="8"', "")
    shift = 16 * (1 - scale)
    return (
        f'{ground}<g transform="translate({shift} {shift}) scale({scale})">'
        f"{path}{end.replace('</svg>', '</g></svg>')}"
    )


async def draw(page: Page, svg: str, size: int, name: str) -> None:
    await page.set_viewport_size({"width": size, "height": size})
    sized = svg.replace("<svg ", '<svg width="100%" height="100%" style="display:block" ', 1)
    await page.set_content(f'<body style="margin:0">{sized}</body>')
    await page.screenshot(path=ICONS / name, omit_background=True)


if __name__ == "__main__":
    asyncio.run(main())

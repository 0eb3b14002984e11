"""`make screenshots`: takes the pictures of docs/pictures.md and writes that page.

`python -m scripts.screenshots NAME…` takes those of these states only.
"""

import asyncio
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import async_playwright

from scripts.screenshots import conversation, pages
from scripts.screenshots.answers import PictureProvider
from scripts.screenshots.scene import Scene
from scripts.screenshots.table import STATES, Look, Skipped, State
from tests.flow.stack import Stack

assert conversation
assert pages

DOCS = Path(__file__).resolve().parent.parent.parent / "docs"
FOLDER = DOCS / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
HEAD = """# What it looks like

Every state of the pages, as `make screenshots` took them: real processes and a real browser; only
the provider is replaced, so that it always answers the same.
"""


async def main(names: list[str]) -> int:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if program is None:
        sys.exit("no Chromium found: install the package chromium")
    FOLDER.mkdir(parents=True, exist_ok=True)
    chosen = [state for state in STATES if not names or state.name in names]
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        async with PictureProvider() as provider, async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
            with Stack(
                Path(folder),
                OPENAI_BASE_URL=provider.openai_url,
                CHAT_CLOUD_MODELS="openai:mock",
                CHAT_FIRST_TOKEN_TIMEOUT_SECONDS="300",
                CHAT_TOKEN_GAP_TIMEOUT_SECONDS="300",
            ) as stack:
                scene = Scene(stack, browser)
                for state in chosen:
                    failed += await take(scene, state)
            await browser.close()
    write_page()
    total = sum(path.stat().st_size for path in FOLDER.glob("*.png"))
    print(f"{len(list(FOLDER.glob('*.png')))} pictures, {total / 1e6:.1f} MB")
    return 1 if failed else 0


async def take(scene: Scene, state: State) -> int:
    """The pictures of one state; how many failed."""
    failed = 0
    for look in state.looks:
        path = FOLDER / state.file(look)
        try:
            await scene.shoot(state, look, path)
            shrink(path)
            print(f"  {path.name}")
        except Skipped as reason:
            print(f"  {path.name}: {reason}")
        except Exception as error:
            failed += 1
            print(f"  {path.name}: {type(error).__name__}: {str(error)[:300]}")
    return failed


def shrink(path: Path) -> None:
    """Keep 256 colours: a third of the bytes, and nobody sees it on a flat page."""
    with Image.open(path) as image:
        small = image.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    small.save(path, optimize=True)


def write_page() -> None:
    """docs/pictures.md: every picture there is, in the order of the table."""
    parts = [HEAD]
    for state in STATES:
        taken = [look for look in state.looks if (FOLDER / state.file(look)).exists()]
        if taken:
            shown = "\n".join(_image(state, look) for look in taken)
            parts.append(f"## {state.words}\n\n<p>\n{shown}\n</p>\n")
    (DOCS / "pictures.md").write_text("\n".join(parts))


def _image(state: State, look: Look) -> str:
    width = "24%" if look.options["viewport"]["width"] < 500 else "49%"
    return f'  <img src="pictures/{state.file(look)}" width="{width}" alt="{state.alt(look)}">'


if __name__ == "__main__":
    sys.exit(asyncio.run(main(sys.argv[1:])))

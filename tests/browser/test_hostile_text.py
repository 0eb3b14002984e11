"""Nothing that a model writes runs, loads, leads astray or breaks the page, however it arrives."""

import json
import random
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from chat.markdown import render
from tests.browser.pages import ChatPage

pytestmark = pytest.mark.browser

TEXTS: list[str] = json.loads(
    (Path(__file__).resolve().parent.parent / "hostile_texts.json").read_text()
)

# Shows each text as a reply that grows in those pieces; gives what became of it.
STREAM = """async ([text, ends]) => {
  const { MarkdownView } = await import("/static/js/markdown.js");
  const blank = document.getElementById("message-template").content;
  const article = blank.querySelector("[data-role=assistant]").cloneNode(true);
  document.getElementById("messages").append(article);
  const body = article.querySelector(".message-body");
  const view = new MarkdownView(body);
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  for (const end of ends) while (!view.render(text.slice(0, end))) await frame();
  while (!view.finish(text)) await frame();
  if (body.querySelector("code.math")) await import("/static/vendor/temml/temml.js");
  await frame();
  const room = document.getElementById("room").getBoundingClientRect();
  const box = body.getBoundingClientRect();
  const found = {
    html: body.innerHTML,
    text: body.textContent,
    isInside: article.parentElement.id === "messages" && box.right <= room.right + 1,
    isWide: document.documentElement.scrollWidth > innerWidth,
    thread: document.getElementById("thread").scrollWidth
      - document.getElementById("thread").clientWidth,
  };
  article.remove();
  return found;
}"""

# What may not be there, in either renderer's HTML.
INSPECT = """(html) => {
  const page = new DOMParser().parseFromString(html, "text/html");
  const wrong = [];
  const elements = "script, style, iframe, object, embed, img, video, audio, link, meta, base, "
    + "form, svg, template, textarea, select, button:not([data-copy]), input:not([disabled])";
  for (const element of page.body.querySelectorAll("*")) {
    if (element.matches(elements)) wrong.push(element.outerHTML);
    for (const { name, value } of element.attributes) {
      const isAddress = ["href", "src", "xlink:href", "action", "formaction"].includes(name);
      const isForbidden = name.startsWith("on") || name === "srcdoc" || name === "id";
      if (isForbidden) wrong.push(element.outerHTML);
      if (name === "style" && /url|expression|fixed/i.test(value)) wrong.push(element.outerHTML);
      if (isAddress && !/^(https?:|mailto:)/.test(value)) wrong.push(element.outerHTML);
    }
  }
  return wrong;
}"""


class Watched:
    """A page whose every sign of life is an offence: it has no policy that would hold it back."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.seen: list[str] = []
        page.on("dialog", self._dialog)
        page.on("request", lambda request: self._request(request.url))

    async def _dialog(self, dialog: Any) -> None:
        self.seen.append(dialog.message)
        await dialog.dismiss()

    def _request(self, url: str) -> None:
        if not url.startswith(("about:", "data:text/html,<title>")):
            self.seen.append(url)

    async def show(self, html: str) -> list[str]:
        await self.page.set_content(f"<!doctype html><title>calm</title><body>{html}")
        ran = await self.page.evaluate("[window.pwned, document.title]")
        return self.seen if ran == [None, "calm"] else [*self.seen, str(ran)]


def pieces(text: str, seed: int) -> list[int]:
    dice = random.Random(seed)
    return sorted(dice.sample(range(len(text)), min(len(text), 40)))


async def test_streamed_text_is_harmless(page: ChatPage, browser: Browser) -> None:
    outside: list[str] = []
    page.page.on(
        "request", lambda request: outside.append(request.url) if "evil" in request.url else None
    )
    watched = Watched(await (await browser.new_context()).new_page())
    for at, text in enumerate(TEXTS):
        first = await page.page.evaluate(STREAM, [text, pieces(text, at)])
        again = await page.page.evaluate(STREAM, [text, pieces(text, at + 1000)])
        assert first["text"] == again["text"], text
        assert await watched.page.evaluate(INSPECT, first["html"]) == [], text
        assert first["isInside"], text
        assert not first["isWide"], text
        assert first["thread"] <= 0, text
        assert await watched.show(first["html"]) == [], text
    assert await page.page.evaluate("window.pwned") is None
    assert "pwned" not in await page.page.title()
    assert outside == []


async def test_what_the_server_renders_is_harmless(browser: Browser) -> None:
    watched = Watched(await (await browser.new_context()).new_page())
    for text in TEXTS:
        html = str(render(text))
        assert await watched.page.evaluate(INSPECT, html) == [], text
        assert await watched.show(html) == [], text


async def test_both_show_the_same_words(page: ChatPage) -> None:
    different = []
    for text in TEXTS:
        streamed = await page.page.evaluate(STREAM, [text, []])
        server = await page.page.evaluate(
            "html => new DOMParser().parseFromString(html, 'text/html').body.textContent",
            str(render(text)),
        )
        if words(streamed["text"]) != words(server):
            different.append((text[:80], streamed["text"][:80], server[:80]))
    # Two parsers of one language: they may differ about broken links and about nothing else.
    assert len(different) < len(TEXTS) / 10, different


def words(text: str) -> str:
    return "".join(text.replace("Copy", "").split())

"""`python -m benchmarks.page`: measures the page in a browser and prints a table.

Needs Chromium; Lighthouse's scores also need its command line, `npm install -g lighthouse@13`.
"""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from statistics import median
from typing import Any
from urllib.parse import urljoin

import django
import psutil
from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, async_playwright

from benchmarks.processes import Installation, free_port
from benchmarks.report import Row, percentile, table

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
DESKTOP = ViewportSize(width=1280, height=800)
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# What models write: prose, lists, code, tables. Some 210 tokens as the mock provider cuts them.
SECTION = """
## A river and its banks

Water that runs over stone **wears it away**, grain by grain, and what it takes it lays down again
where it slows: on the inner bank of a bend, in a lake, at its mouth. See `erosion` and
[the delta](https://example.org/delta).

- the source, where it is *narrow* and fast
- the middle, where it meanders
- the mouth, where it spreads

1. Measure the width `w` and the depth `d`.
2. Multiply by the speed.

```python
def discharge(width: float, depth: float, speed: float) -> float:
    \"\"\"Cubic metres per second.\"\"\"
    return width * depth * speed


for place, figures in sorted(measured.items()):
    print(f"{place}: {discharge(*figures):.1f}")
```

| place | width | depth | speed |
| --- | ---: | ---: | ---: |
| ford | 12 m | 0.4 m | 1.1 m/s |
| bridge | 8 m | 1.2 m | 0.7 m/s |
| weir | 21 m | 0.9 m | 0.3 m/s |

> A rivulet is a small stream; many of them are a river.

"""
TOKENS = 50_000
RATE = 800
MESSAGES = 2_000
ANSWER_SECONDS = 600
LIGHTHOUSE_RUNS = 3
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")

# Keeps how long the page was busy at a time, and when frames came.
WATCH = """() => {
  window.watched = { long: [], frames: [] };
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) watched.long.push(entry.duration);
  }).observe({ type: "longtask" });
  let last = performance.now();
  requestAnimationFrame(function frame(now) {
    watched.frames.push(now - last);
    last = now;
    requestAnimationFrame(frame);
  });
}"""
SCROLL = """async () => {
  const thread = document.getElementById("thread");
  for (let turn = 0; turn < 120; turn += 1) {
    thread.scrollBy(0, -400);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}"""


@dataclass(slots=True)
class Visit:
    """Somebody signed in, on that installation."""

    browser: Browser
    url: str
    cookie: str

    async def context(self, **options: Any) -> BrowserContext:
        context = await self.browser.new_context(viewport=DESKTOP, **options)
        name, _, value = self.cookie.partition("=")
        await context.add_cookies([{"name": name, "value": value, "url": self.url}])
        return context


def main() -> int:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    if chromium is None:
        _say("The page is not measured. No Chromium found: install the package chromium")
        return 0
    _say(f"{psutil.cpu_count()} processors, load before {os.getloadavg()[0]:.1f}.")
    with Installation() as installation:
        os.environ.update(installation.environment)
        django.setup()
        from benchmarks.people import conversation, sign_in

        url, [cookie] = f"http://127.0.0.1:{installation.port}", sign_in(1)
        long, usual = conversation(MESSAGES, SECTION), conversation(4, SECTION)
        short = conversation(4, "Yes.")
        rows = asyncio.run(_measured(chromium, url, cookie, long, short))
        rows += asyncio.run(_lighthouse(chromium, f"{url}/chat/{usual}/", cookie))
    _say("\n" + table(rows))
    return 0


async def _measured(chromium: str, url: str, cookie: str, long: str, short: str) -> list[Row]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        visit = Visit(browser, url, cookie)
        return [
            *await _weight(visit, short),
            *await _long_conversation(visit, long),
            *await _long_answer(visit),
        ]


async def _weight(visit: Visit, conversation_id: str) -> list[Row]:
    """What a first visit loads, as it goes over the wire: headers too, and next to no text."""
    _say("weight ...")
    context = await visit.context()
    page = await context.new_page()
    sizes: list[int] = []
    session = await context.new_cdp_session(page)
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    await session.send("Network.enable")
    await page.goto(f"{visit.url}/chat/{conversation_id}/")
    await page.wait_for_load_state("networkidle")
    await context.close()
    note = f"{len(sizes)} files, with their headers"
    return [Row("page weight, first visit", sum(sizes) / 1024, "KB", most=120, note=note)]


async def _long_conversation(visit: Visit, conversation_id: str) -> list[Row]:
    """Open it three times, then go up through it."""
    _say(f"a conversation of {MESSAGES:,} messages ...")
    context = await visit.context()
    page = await context.new_page()
    opened = []
    for _ in range(3):
        await page.goto(f"{visit.url}/chat/{conversation_id}/")
        opened.append(await page.evaluate("performance.timing.domContentLoadedEventEnd"))
        opened[-1] -= await page.evaluate("performance.timing.navigationStart")
    await page.evaluate(WATCH)
    await page.evaluate(SCROLL)
    watched = await page.evaluate("watched")
    await context.close()
    name = f"{MESSAGES:,} messages"
    return [
        Row(f"{name}: shown and usable", median(opened), "ms", most=1000),
        Row(f"{name}: frames while scrolling up, p95", percentile(watched["frames"], 95), "ms"),
        _longest(name, watched["long"]),
    ]


async def _long_answer(visit: Visit) -> list[Row]:
    """One answer of 50,000 tokens, much faster than models are."""
    _say(f"an answer of {TOKENS:,} tokens at {RATE} per second ...")
    context = await visit.context()
    page = await context.new_page()
    await page.goto(f"{visit.url}/chat/")
    # The first reply of all: processes import what they import late, on the same processors.
    await _answered(page, {"tokens": 20})
    await page.goto(f"{visit.url}/chat/")
    await page.evaluate(WATCH)
    per_section = len(SECTION.split())
    plan = {"say": SECTION, "repeat": TOKENS // per_section + 1, "rate": RATE}
    await _answered(page, plan)
    watched = await page.evaluate("watched")
    await _check(page, plan)
    await context.close()
    frames = watched["frames"]
    tenth = len(frames) // 10
    name = f"{TOKENS:,} tokens"
    note = f"first tenth {percentile(frames[:tenth], 95):.0f}, last tenth " + (
        f"{percentile(frames[-tenth:], 95):.0f}; median {median(frames):.0f}"
    )
    return [
        Row(f"{name}: frames, p95", percentile(frames, 95), "ms", note=note),
        _longest(name, watched["long"]),
    ]


async def _answered(page: Page, plan: dict[str, Any]) -> None:
    await page.fill("#message", json.dumps(plan))
    await page.keyboard.press("Enter")
    done = page.locator(".message[data-role=assistant][data-status=complete]")
    await done.wait_for(timeout=ANSWER_SECONDS * 1000)


async def _check(page: Page, plan: dict[str, Any]) -> None:
    shown = await page.locator(".message[data-role=assistant] .message-body h2").count()
    if shown != plan["repeat"]:
        raise SystemExit(f"{shown} of {plan['repeat']} sections are on the page")


def _longest(name: str, long: list[float]) -> Row:
    note = f"{len(long)} tasks over 50 ms"
    return Row(f"{name}: longest task", max(long, default=0), "ms", most=50, note=note)


async def _lighthouse(chromium: str, url: str, cookie: str) -> list[Row]:
    program = shutil.which("lighthouse")
    if program is None:
        _say("no Lighthouse found: npm install -g lighthouse@13")
        return []
    scores: dict[str, list[float]] = {name: [] for name in CATEGORIES}
    for run in range(LIGHTHOUSE_RUNS):
        _say(f"Lighthouse, mobile, {run + 1} of {LIGHTHOUSE_RUNS} ...")
        found = await _lighthouse_once(program, chromium, url, cookie)
        for name in CATEGORIES:
            scores[name].append(found[name]["score"] * 100)
    return [
        Row(f"Lighthouse, mobile: {name}", median(scores[name]), "", least=95)
        for name in CATEGORIES
    ]


async def _lighthouse_once(program: str, chromium: str, url: str, cookie: str) -> dict[str, Any]:
    """In a new profile, where nothing is cached; its cookie jar is the one that signs in."""
    name, _, value = cookie.partition("=")
    port = free_port()
    command = [program, url, "--quiet", "--output=json", "--form-factor=mobile"]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--port={port}", "--disable-storage-reset"]
    with tempfile.TemporaryDirectory() as profile:
        async with async_playwright() as playwright:
            context = await playwright.chromium.launch_persistent_context(
                profile, executable_path=chromium, args=[*FLAGS, f"--remote-debugging-port={port}"]
            )
            await context.add_cookies([{"name": name, "value": value, "url": urljoin(url, "/")}])
            process = await asyncio.create_subprocess_exec(
                *command, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            printed, complaints = await asyncio.wait_for(process.communicate(), 180)
            await context.close()
    if process.returncode:
        raise SystemExit(complaints.decode())
    report = json.loads(printed)
    if report["finalDisplayedUrl"] != url:
        raise SystemExit(f"Lighthouse saw {report['finalDisplayedUrl']}")
    categories: dict[str, Any] = report["categories"]
    return categories


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

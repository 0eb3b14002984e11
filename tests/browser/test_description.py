"""The page about the programming interface, with everything on it unfolded."""

import pytest
from playwright.async_api import Browser

from tests.browser.test_accessibility import LOOKS, violations
from tests.flow.people import Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
async def test_the_page_breaks_no_rule_and_is_no_wider_than_the_screen(
    browser: Browser, person: Person, look: str
) -> None:
    context = await browser.new_context(**LOOKS[look])
    page = await context.new_page()
    errors: list[str] = []
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    await page.goto(f"{person.stack.webs[0].url}/api/v1/docs")
    await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert await violations(page) == []
    assert await page.evaluate(
        "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    assert errors == []

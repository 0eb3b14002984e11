"""The quiet word about the budget: when an answer has brought it near its end, and after."""

import json
import uuid
from collections.abc import Callable

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import violations
from tests.flow.people import Person
from tests.flow.stack import Stack

pytestmark = pytest.mark.browser

PHONE: ViewportSize = {"width": 390, "height": 844}
HARD_USD = 10


def spend(stack: Stack, usd: float) -> None:
    """So much was spent by the only person there is."""
    stack.execute("UPDATE chat_spending SET cost_units = ?", round(usd * 10**8))


@pytest.mark.parametrize("language", ["en", "de"])
async def test_the_person_is_warned_and_then_refused_before_money_is_spent(
    own_stack: Callable[..., Stack], browser: Browser, language: str
) -> None:
    stack = own_stack(
        CHAT_CLOUD_MODELS="openai:gpt-5.5",
        CHAT_BUDGET_PERSON_SOFT_USD=str(HARD_USD / 2),
        CHAT_BUDGET_PERSON_HARD_USD=str(HARD_USD),
    )
    words = {
        "en": (
            "You have used 75 % of your budget.",
            "Your budget is used up.",
            "Your budget for this month",
        ),
        "de": (
            "Du hast 75 % deines Budgets verbraucht.",
            "Dein Budget ist aufgebraucht.",
            "Dein Budget für diesen Monat",
        ),
    }[language]
    context = await browser.new_context(viewport=PHONE, locale=language, color_scheme="dark")
    page = await ChatPage.of(context, Person(stack, "somebody"))
    await page.open("/chat/")
    line = page.page.locator("#budget")
    question = json.dumps({"marker": uuid.uuid4().hex, "say": "Yes."})
    await page.send(question)
    await expect(page.reply("complete")).to_have_count(1)
    await expect(line).to_be_hidden()

    # The next answer is told with its end what has been spent meanwhile.
    spend(stack, HARD_USD * 0.75)
    await page.send(question)
    await expect(page.reply("complete")).to_have_count(2)
    await expect(line).to_have_text(words[0])
    assert await violations(page.page) == []

    spend(stack, HARD_USD)
    asked = len(stack.requests())
    await page.send("Another one?")
    await expect(page.page.get_by_text(words[2]).first).to_be_visible()
    assert len(stack.requests()) == asked
    await page.page.reload()
    await expect(line).to_contain_text(words[1])
    assert page.errors == []

"""Keys on the settings page, as a person makes, copies and revokes them."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.pages import ChatPage
from tests.browser.test_accessibility import LOOKS, violations
from tests.flow.people import Person

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("look", ["light", "phone, dark"])
@pytest.mark.parametrize("script", [True, False], ids=["scripts", "without scripts"])
async def test_a_key_is_made_shown_once_and_revoked(
    browser: Browser, person: Person, look: str, script: bool
) -> None:
    context = await browser.new_context(**LOOKS[look], java_script_enabled=script)
    page = await ChatPage.of(context, person)
    await page.open("/settings/")
    await page.page.get_by_role("link", name="API keys").click()
    if script:
        assert await violations(page.page) == [], "none yet"
    await page.page.get_by_label("Name").fill("Home assistant")
    await page.page.get_by_label("Read the conversations").uncheck()
    await page.page.get_by_label("Budget per month (USD)").fill("2.5")
    await page.page.get_by_role("button", name="Make a key").click()
    secret = page.page.get_by_label("The key", exact=True)
    value = await secret.input_value()
    assert value.startswith("rvl_")
    assert "rvl_" not in page.page.url
    await expect(page.page.get_by_role("button", name="Copy")).to_be_visible(visible=script)
    if script:
        assert await violations(page.page) == [], "made"
    width = page.page.viewport_size
    box = await page.page.locator("html").bounding_box()
    assert width is not None
    assert box is not None
    assert box["width"] <= width["width"]
    await page.open("/settings/keys/")
    await expect(page.page.locator(".entry-title")).to_have_text("Home assistant")
    await expect(secret).to_have_count(0)
    assert value not in await page.page.content()
    await page.page.get_by_role("button", name="Revoke Home assistant").click()
    await expect(page.page.get_by_role("status")).to_have_text("The key no longer works.")
    await expect(page.page.get_by_role("button", name="Revoke Home assistant")).to_have_count(0)
    await page.page.get_by_text("Keys that no longer work").click()
    if script:
        assert await violations(page.page) == [], "revoked"
    assert page.errors == []

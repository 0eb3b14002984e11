"""A browser's own EventSource reads a reply, comes back by itself, and stops at its end."""

import asyncio
import json
import re
import signal
import uuid
from collections.abc import Callable

import pytest
from playwright.async_api import BrowserContext, expect

from tests.browser.pages import ChatPage
from tests.flow.api import Program
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.text import text_for

pytestmark = pytest.mark.browser

# Tells the text so far to Python, and the state when it gives up for good.
READ = """address => {
  const source = new EventSource(address);
  let text = '';
  source.onmessage = ({ data, lastEventId }) => {
    const event = JSON.parse(data);
    if (event.type === 'reset') text = '';
    if (event.type === 'token') text += event.content;
    document.title = `${event.type} ${lastEventId}`;
  };
  return new Promise((resolve) => {
    source.onerror = () => {
      if (source.readyState === EventSource.CLOSED) resolve([text, document.title]);
    };
  });
}"""


async def test_an_event_source_resumes_and_ends(
    context: BrowserContext, own_stack: Callable[..., Stack]
) -> None:
    stack = own_stack()
    person, web = Person(stack, "somebody"), stack.webs[0]
    page = await ChatPage.of(context, person)
    # A page without a socket of ours.
    await page.open("/settings/")
    message = json.dumps({"marker": uuid.uuid4().hex, "tokens": 400, "rate": 40})
    async with Program(person).sends(message) as reader:
        start = await reader.next()
    assert start is not None
    reading = asyncio.create_task(
        page.page.evaluate(READ, f"/api/v1/messages/{start['message_id']}/stream")
    )
    await expect(page.page).to_have_title(re.compile("^token "))
    web.running.process.send_signal(signal.SIGTERM)
    assert web.running.status(seconds=60) == 0
    stack.begin_again(web)
    # Every event once, though the process that told them was another; the 204 was understood.
    text, title = await reading
    assert text == text_for(message)
    assert title.startswith("complete ")

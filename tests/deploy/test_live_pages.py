"""Through a load balancer a page without JavaScript streams as it does without one."""

import json
import uuid

from tests.deploy.conftest import Balance
from tests.flow.live_pages import live_page
from tests.flow.people import Person
from tests.flow.stack import Stack
from tests.provider.text import text_for


async def test_the_text_comes_as_it_is_made(person: Person, stack: Stack, balance: Balance) -> None:
    balancer = balance(stack.webs)
    message = json.dumps({"marker": uuid.uuid4().hex, "tokens": 120, "rate": 30})
    async with person.socket() as socket:
        start = await socket.chat(message)
    async with live_page(person, start["conversation_id"], balancer) as page:
        await page.begun(20)
        assert stack.reply(start["message_id"])["status"] == "processing"
        html = await page.whole()
        assert page.parts > 10
    assert page.text == text_for(message)
    assert 'data-status="complete"' in html

"""Messages on a page: as they were said, as they are made, and as they failed."""

import json
import re
import uuid
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from chat import live
from chat.live import Progress
from chat.models import Conversation, Message, User
from tests.chat.talk import say

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_static_files")]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person")


@pytest.fixture
def conversation(person: User) -> Conversation:
    return Conversation.objects.create(owner=person, title="About rivers")


@pytest.fixture
def progress() -> Iterator[dict[uuid.UUID, Progress]]:
    known: dict[uuid.UUID, Progress] = {}
    before = live._reader
    live.install(lambda ids: {each: known[each] for each in ids if each in known})
    yield known
    live._reader = before


def page(client: Client, conversation: Conversation) -> str:
    return client.get(reverse("conversation", args=[conversation.id])).content.decode()


def test_what_a_person_wrote_is_shown_as_text(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "<b>*bold?*</b>", "Answer")
    html = page(signed_in, conversation)
    assert "&lt;b&gt;*bold?*&lt;/b&gt;" in html
    assert "<b>" not in html


def test_saved_reply_is_rendered(signed_in: Client, conversation: Conversation) -> None:
    say(conversation, "Q", "It is **so**.")
    assert "<strong>so</strong>" in page(signed_in, conversation)


def test_figures_stand_under_a_finished_reply(
    signed_in: Client, conversation: Conversation
) -> None:
    say(
        conversation,
        "Q",
        "A",
        model="small",
        output_tokens=118,
        first_token_ms=200,
        processing_time_ms=2449,
    )
    html = page(signed_in, conversation)
    assert "small · 2.4\u00a0s" in html
    assert re.search(r'data-figure="first">0\.2\xa0s<', html)
    assert re.search(r'data-figure="written">118<', html)
    assert re.search(r'data-figure="speed">52<', html)
    assert re.search(r'<div hidden><dt>[^<]*</dt><dd data-figure="cost"><', html)


@pytest.mark.parametrize(
    ("taken", "shown"), [(0, "&lt;\u00a00.1"), (99, "&lt;\u00a00.1"), (100, "0.1")]
)
def test_a_time_is_never_shown_as_nothing(
    signed_in: Client, conversation: Conversation, taken: int, shown: str
) -> None:
    say(conversation, "Q", "A", model="instant", first_token_ms=taken, processing_time_ms=taken)
    html = page(signed_in, conversation)
    assert f"instant · {shown}\u00a0s" in html
    assert f'data-figure="first">{shown}\u00a0s<' in html


@pytest.mark.parametrize("text", ["  two\n\nlines \n", "a\r\nb\rc\n", '"<&>"\t\x0b', "🌊 ñ"])
def test_reply_in_progress_is_on_the_page_byte_for_byte(
    signed_in: Client,
    conversation: Conversation,
    progress: dict[uuid.UUID, Progress],
    text: str,
) -> None:
    reply = say(conversation, "Q", status=Message.Status.PROCESSING)
    progress[reply.id] = Progress(text=text, seq=7)
    element = re.search(
        rf'<article[^>]*data-message-id="{reply.id}"[^>]*>', page(signed_in, conversation)
    )
    assert element
    assert 'data-seq="7"' in element[0]
    assert 'data-status="processing"' in element[0]
    carried = re.search(r'data-text="([^"]*)"', element[0])
    assert carried
    assert json.loads(unescape(carried[1])) == text


def test_reply_that_has_not_begun_is_waited_for(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "Q", status=Message.Status.PROCESSING)
    html = page(signed_in, conversation)
    assert 'data-seq="-1"' in html
    assert f'content="0;url=/chat/{conversation.id}/live"></noscript>' in html


def test_finished_page_does_not_refresh(signed_in: Client, conversation: Conversation) -> None:
    say(conversation, "Q", "A")
    assert "http-equiv" not in page(signed_in, conversation)


def test_failed_reply_says_why_and_offers_to_ask_again(
    signed_in: Client, conversation: Conversation
) -> None:
    failed = say(
        conversation,
        "What is a river?",
        "Half an ans",
        status=Message.Status.FAILED,
        error_code="provider_timeout",
        error_sentence="The model took too long.",
    )
    html = page(signed_in, conversation)
    assert "The model took too long." in html
    assert "Half an ans" in html
    assert "data-retryable" in html
    assert f'formaction="regenerate/{failed.id}/"' in html
    assert "data-continuable" in html


def test_what_would_fail_again_is_not_offered_again(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "Q", status=Message.Status.FAILED, error_code="provider_rejected")
    assert "data-retryable" not in page(signed_in, conversation)


def test_only_an_answer_of_the_longest_length_is_shown_as_cut(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "Q", "Whole.", finish_reason="stop")
    cut = say(conversation, "Q", "Half a", finish_reason="length")
    marked = re.findall(r'<article[^>]*id="m-([^"]*)"[^>]* data-cut', page(signed_in, conversation))
    assert marked == [str(cut.id)]


def test_refused_draft_is_back_in_the_box_once(signed_in: Client) -> None:
    session = signed_in.session
    session["draft"] = {"text": "\nToo <long>", "client_id": "the-same"}
    session.save()
    html = signed_in.get(reverse("chat-new")).content.decode()
    # A parser drops the first line end of a textarea; the second one is the draft's.
    assert ">\n\nToo &lt;long&gt;</textarea>" in html
    assert "Too &lt;long&gt;" not in signed_in.get(reverse("chat-new")).content.decode()


def test_template_for_new_messages_is_the_partial_itself(signed_in: Client) -> None:
    html = signed_in.get(reverse("chat-new")).content.decode()
    template = html.partition('<template id="message-template">')[2].partition("</template>")[0]
    assert template.count('<article class="message"') == 2
    assert 'data-role="user"' in template
    assert 'data-role="assistant"' in template

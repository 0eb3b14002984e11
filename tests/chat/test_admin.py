"""The conversation logs that staff read."""

import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from chat.accept import accept
from chat.finish import Finished, finish
from chat.models import Message, User
from chat.submissions import Accepted, Submission

pytestmark = pytest.mark.django_db


def said(name: str, question: str, answer: str, **figures: object) -> Accepted:
    user, _ = User.objects.get_or_create(username=name)
    (one,) = accept([Submission(user_id=user.id, text=question, client_id=uuid.uuid4().hex)])
    assert isinstance(one, Accepted)
    fields: dict[str, object] = {
        "id": one.reply.id,
        "attempt": 1,
        "status": Message.Status.COMPLETE,
        "content": answer,
        "finished_at": datetime.now(UTC),
        "provider": "openai",
        "model": "gpt-small",
        "input_tokens": 10,
        "output_tokens": 20,
        "cost_usd": Decimal("0.00012000"),
        "first_token_ms": 250,
        "processing_time_ms": 1250,
    }
    finish([Finished(**(fields | figures))])  # type: ignore[arg-type]
    return one


def listed(staff: Client, **query: str) -> str:
    page = staff.get(reverse("admin:chat_conversation_changelist"), query)
    assert page.status_code == 200
    return page.content.decode()


def test_a_conversation_is_found_by_title_person_and_any_word_that_was_said(
    staff: Client,
) -> None:
    said("ada", "About rivers", "They flow to the sea.")
    said("bob", "About stones", "They lie still.")
    for words in ("About rivers", "ada", "flow to"):
        page = listed(staff, q=words)
        assert "About rivers" in page
        assert "About stones" not in page


def test_conversations_are_filtered_by_person_model_status_error_and_date(staff: Client) -> None:
    said("ada", "About rivers", "They flow.")
    said(
        "bob", "About stones", "", model="claude-x", status=Message.Status.FAILED,
        error_code="provider_timeout",
    )  # fmt: skip
    bob = User.objects.get(username="bob")
    yesterday = str(datetime.now(UTC) - timedelta(days=1))
    for query in (
        {"model": "claude-x"},
        {"status": "failed"},
        {"error_code": "provider_timeout"},
        {"person": "bob"},
        {"owner__id__exact": str(bob.id)},
    ):
        page = listed(staff, **query)
        assert "About stones" in page, query
        assert "About rivers" not in page, query
    assert "About rivers" in listed(staff, updated_at__gte=yesterday)
    assert "About rivers" not in listed(staff, updated_at__lt=yesterday)


def test_the_transcript_tells_who_said_what_how_fast_and_at_what_cost(staff: Client) -> None:
    one = said("ada", "<b>About</b> rivers", "They\n  flow.", error_detail="openai 429")
    address = reverse("admin:chat_conversation_change", args=[one.conversation.id])
    page = staff.get(address).content.decode()
    assert "&lt;b&gt;About&lt;/b&gt; rivers" in page
    assert "They\n  flow." in page
    for figure in ("openai:gpt-small", "first token 250 ms", "20.0 tokens/s", "0.00012"):
        assert figure in page, figure


def test_a_failed_reply_says_why(staff: Client) -> None:
    one = said(
        "ada", "hello", "half an", status=Message.Status.FAILED, error_code="provider_unavailable",
        error_sentence="Please try again.", error_detail="openai 529 overloaded",
    )  # fmt: skip
    page = staff.get(reverse("admin:chat_message_change", args=[one.reply.id])).content.decode()
    for word in ("provider_unavailable", "Please try again.", "openai 529 overloaded", "half an"):
        assert word in page, word


def test_all_models_that_were_asked_stand_under_the_reply(staff: Client) -> None:
    tries = [
        {
            "provider": "openai", "model": "gpt-large", "kind": "rate limited", "ms": 120,
            "code": "provider_unavailable", "detail": "openai 429 <b>", "cost_usd": "0",
        },
        {
            "provider": "anthropic", "model": "claude-x", "kind": "", "code": "", "ms": 900,
            "first_token_ms": 310, "input_tokens": 7, "output_tokens": 9, "is_estimated": True,
            "hedged": True, "cost_usd": "0.00012000",
        },
    ]  # fmt: skip
    one = said("ada", "hello", "an answer", tries=tries)
    for model, row in (("conversation", one.conversation), ("message", one.reply)):
        page = staff.get(reverse(f"admin:chat_{model}_change", args=[row.id])).content.decode()
        for words in (
            "openai:gpt-large", "rate limited", "openai 429 &lt;b&gt;", "total 120 ms", "answered",
            "anthropic:claude-x", "first token 310 ms", "≈ 7 → 9 tokens", "$0.00012000",
            "asked beside",
        ):  # fmt: skip
            assert words in page, (model, words)


def test_why_its_model_was_chosen_stands_under_the_reply_in_words(staff: Client) -> None:
    verdict = {"tier": "cloud", "score": 5, "reasons": [["proof", 3], ["formula", 2]]}
    route = verdict | {"wanted": "openai:gpt-small"}
    one = said("ada", "hello", "an answer", route=route, source="cloud")
    plain = said("bob", "hello", "an older answer")
    for model, row in (("conversation", one.conversation), ("message", one.reply)):
        page = staff.get(reverse(f"admin:chat_{model}_change", args=[row.id])).content.decode()
        for words in (
            "Chosen by the person: openai:gpt-small", "Tier cloud: 5 points",
            "Asks for a proof or derivation (+3)", "Contains formulas (+2)",
        ):  # fmt: skip
            assert words in page, (model, words)
    address = reverse("admin:chat_message_change", args=[plain.reply.id])
    assert "points" not in staff.get(address).content.decode()


@pytest.mark.parametrize("model", ["conversation", "message"])
def test_nobody_changes_what_was_said(staff: Client, model: str) -> None:
    one = said("ada", "hello", "an answer")
    row = one.conversation if model == "conversation" else one.reply
    change = reverse(f"admin:chat_{model}_change", args=[row.id])
    assert staff.get(change).status_code == 200
    assert staff.post(change, {"title": "other", "content": "other"}).status_code == 403
    assert staff.post(reverse(f"admin:chat_{model}_add")).status_code == 403
    assert staff.post(reverse(f"admin:chat_{model}_delete", args=[row.id])).status_code == 403
    one.reply.refresh_from_db()
    assert one.reply.content == "an answer"


def test_somebody_who_is_not_staff_sees_nothing(client: Client) -> None:
    client.force_login(User.objects.create_user("ada"))
    page = client.get(reverse("admin:chat_conversation_changelist"))
    assert page.status_code == 302

"""The pages, through Django's client."""

import json
import re
import uuid
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from chat import live
from chat.live import Progress
from chat.models import Conversation, Message, User

pytestmark = pytest.mark.django_db

PASSWORD = "a river in flood"


@pytest.fixture(autouse=True)
def plain_static_files(settings: Any) -> None:
    # Hashed names need `collectstatic`, which has its own test.
    storage = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}


@pytest.fixture
def person() -> User:
    return User.objects.create_user("person", password=PASSWORD)


@pytest.fixture
def signed_in(client: Client, person: User) -> Client:
    client.force_login(person)
    return client


@pytest.fixture
def conversation(person: User) -> Conversation:
    return made(person, "About rivers")


@pytest.fixture
def foreign() -> Conversation:
    return made(User.objects.create_user("other"), "A secret")


@pytest.fixture
def progress() -> Iterator[dict[uuid.UUID, Progress]]:
    known: dict[uuid.UUID, Progress] = {}
    before = live._reader
    live.install(lambda ids: {each: known[each] for each in ids if each in known})
    yield known
    live._reader = before


def made(owner: User, title: str) -> Conversation:
    return Conversation.objects.create(owner=owner, title=title)


def say(conversation: Conversation, question: str, answer: str = "", **figures: object) -> Message:
    asked = Message.objects.create(
        conversation=conversation,
        parent_id=conversation.tip_id,
        role=Message.Role.USER,
        content=question,
        author=conversation.owner,
        client_id=uuid.uuid4().hex,
    )
    reply = Message.objects.create(
        conversation=conversation,
        parent=asked,
        role=Message.Role.ASSISTANT,
        content=answer,
        **figures,
    )
    conversation.tip = reply
    conversation.save()
    return reply


def page(client: Client, conversation: Conversation) -> str:
    return client.get(reverse("conversation", args=[conversation.id])).content.decode()


# -- who sees what -----------------------------------------------------------------------


@pytest.mark.parametrize("name", ["home", "chat-new", "settings", "password-change"])
def test_signed_out_person_is_sent_to_sign_in(client: Client, name: str) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"].startswith(reverse("sign-in"))


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("conversation", "get"),
        ("conversation-rename", "post"),
        ("conversation-delete", "get"),
        ("conversation-delete", "post"),
    ],
)
def test_foreign_conversation_looks_unknown(
    signed_in: Client, foreign: Conversation, name: str, method: str
) -> None:
    request = getattr(signed_in, method)
    theirs = request(reverse(name, args=[foreign.id]), {"title": "Mine now"})
    unknown = request(reverse(name, args=[uuid.uuid4()]), {"title": "Mine now"})
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.content == unknown.content
    foreign.refresh_from_db()
    assert foreign.title == "A secret"


def test_list_has_only_ones_own_conversations(
    signed_in: Client, conversation: Conversation, foreign: Conversation
) -> None:
    html = signed_in.get(reverse("chat-new")).content.decode()
    assert conversation.title in html
    assert foreign.title not in html


# -- accounts ----------------------------------------------------------------------------


def test_new_person_is_signed_in_at_once(client: Client) -> None:
    form = {"username": "newcomer", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("sign-up"), form, follow=True)
    assert response.redirect_chain[-1][0] == reverse("chat-new")
    assert response.context["user"].username == "newcomer"


def test_name_in_other_letters_is_taken(client: Client, person: User) -> None:
    form = {"username": "PERSON", "password1": PASSWORD, "password2": PASSWORD}
    response = client.post(reverse("sign-up"), form)
    assert "This name is taken." in response.content.decode()
    assert User.objects.count() == 1


def test_weak_password_is_refused_with_a_reason(client: Client) -> None:
    form = {"username": "newcomer", "password1": "12345678", "password2": "12345678"}
    assert "password" in client.post(reverse("sign-up"), form).content.decode()
    assert not User.objects.exists()


def test_sign_in_leads_back_to_where_one_was_going(
    client: Client, person: User, conversation: Conversation
) -> None:
    wanted = reverse("conversation", args=[conversation.id])
    form = {"username": "person", "password": PASSWORD, "next": wanted}
    assert client.post(reverse("sign-in"), form)["Location"] == wanted


def test_sign_in_does_not_lead_to_other_sites(client: Client, person: User) -> None:
    form = {"username": "person", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post(reverse("sign-in"), form)["Location"] == reverse("home")


def test_wrong_password_and_unknown_name_look_the_same(client: Client, person: User) -> None:
    def answer(name: str) -> str:
        response = client.post(reverse("sign-in"), {"username": name, "password": "wrong"})
        errors: list[str] = response.context["form"].non_field_errors()
        return " ".join(errors)

    assert answer("person") == answer("nobody") != ""


def test_sign_in_asks_for_what_sign_up_asked_for(client: Client) -> None:
    for page in ("sign-in", "sign-up"):
        form = client.get(reverse(page)).context["form"]
        assert form["username"].label == "Name"
        assert _focused(form) == ["username"]


def test_a_form_that_comes_back_has_the_focus_on_the_mistake(client: Client, person: User) -> None:
    wrong = {"username": "person", "password": "wrong"}
    assert _focused(client.post(reverse("sign-in"), wrong).context["form"]) == ["password"]
    twice = {"username": "newcomer", "password1": PASSWORD, "password2": "another"}
    assert _focused(client.post(reverse("sign-up"), twice).context["form"]) == ["password2"]
    taken = {"username": "person", "password1": PASSWORD, "password2": PASSWORD}
    assert _focused(client.post(reverse("sign-up"), taken).context["form"]) == ["username"]


def _focused(form: Any) -> list[str]:
    return [name for name in form.fields if form[name].as_widget().find(" autofocus") > 0]


def test_sign_out_ends_the_session_and_needs_a_post(signed_in: Client) -> None:
    assert signed_in.get(reverse("sign-out")).status_code == 405
    signed_in.post(reverse("sign-out"))
    assert signed_in.get(reverse("chat-new")).status_code == 302


def test_password_can_be_changed_without_being_signed_out(signed_in: Client) -> None:
    new = "a lake without wind"
    form = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    response = signed_in.post(reverse("password-change"), form, follow=True)
    assert "Your password has been changed." in response.content.decode()
    assert User.objects.get().check_password(new)


# -- conversations -----------------------------------------------------------------------


def test_home_is_the_newest_conversation(signed_in: Client, person: User) -> None:
    assert signed_in.get("/")["Location"] == reverse("chat-new")
    made(person, "Older")
    newest = made(person, "Newer")
    assert signed_in.get("/")["Location"] == reverse("conversation", args=[newest.id])


def test_current_conversation_is_marked_in_the_list(
    signed_in: Client, person: User, conversation: Conversation
) -> None:
    made(person, "Another")
    html = page(signed_in, conversation)
    assert html.count('aria-current="page"') == 1


def test_list_stops_at_the_newest_fifty(signed_in: Client, person: User) -> None:
    Conversation.objects.bulk_create(
        Conversation(owner=person, title=f"Number {n:02}") for n in range(52)
    )
    html = signed_in.get(reverse("chat-new")).content.decode()
    assert html.count('class="conversation-link"') == 50 + 1  # and the one that is copied


def test_page_takes_as_many_queries_for_many_messages_as_for_few(
    signed_in: Client, conversation: Conversation, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        say(conversation, f"Question {number}", "Answer")
    with django_assert_max_num_queries(10):
        page(signed_in, conversation)


def test_rename_changes_only_the_title(signed_in: Client, conversation: Conversation) -> None:
    reply = say(conversation, "Q", "A")
    signed_in.post(reverse("conversation-rename", args=[conversation.id]), {"title": " Streams "})
    conversation.refresh_from_db()
    assert conversation.title == "Streams"
    assert conversation.tip_id == reply.id


@pytest.mark.parametrize(
    "title", ["", "   ", "x" * 81, "\u200b\ufeff", "\u3164", "\u202e", "\u0301"]
)
def test_title_that_does_not_fit_is_refused(
    signed_in: Client, conversation: Conversation, title: str
) -> None:
    url = reverse("conversation-rename", args=[conversation.id])
    response = signed_in.post(url, {"title": title}, follow=True)
    assert 'class="notice" data-level="error"' in response.content.decode()
    conversation.refresh_from_db()
    assert conversation.title == "About rivers"


def test_delete_asks_first(signed_in: Client, conversation: Conversation) -> None:
    say(conversation, "Q", "A")
    url = reverse("conversation-delete", args=[conversation.id])
    assert "About rivers" in signed_in.get(url).content.decode()
    assert Conversation.objects.exists()
    assert signed_in.post(url)["Location"].startswith(reverse("chat-new"))
    assert signed_in.get(url).status_code == 404


# -- messages ----------------------------------------------------------------------------


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


# -- the policy --------------------------------------------------------------------------


def test_pages_have_no_inline_scripts_or_styles(
    signed_in: Client, conversation: Conversation
) -> None:
    say(conversation, "Q", "| a |\n|--:|\n| 1 |\n\n```python\nx = 1\n```")
    html = page(signed_in, conversation)
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)", html)


def test_policy_allows_no_inline_code(signed_in: Client) -> None:
    policy = signed_in.get(reverse("chat-new"))["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "script-src 'self'" in policy


def test_private_pages_are_not_kept_by_shared_caches(signed_in: Client) -> None:
    assert "private" in signed_in.get(reverse("chat-new"))["Cache-Control"]


# -- the browser's files -----------------------------------------------------------------

IMPORT = re.compile(r"""(?:from|import\()\s*"(\.[^"]+)\"""")
STATIC_IMPORT = re.compile(r'from "(\.[^"]+)";')
STATIC = Path(__file__).resolve().parents[2] / "static"
HASHED = re.compile(r"\.[0-9a-f]{12}\.(js|css)$")


def test_hashed_modules_import_hashed_modules(settings: Any, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    storage = "config.static.HashedStaticFilesStorage"
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": storage}}
    call_command("collectstatic", interactive=False, verbosity=0)
    modules = [path for path in (tmp_path / "js").glob("*.js") if HASHED.search(path.name)]
    assert len(modules) > 20
    for module in modules:
        for name in IMPORT.findall(module.read_text()):
            assert HASHED.search(name), f"{module.name} imports {name}"
            assert (module.parent / name).exists(), f"{module.name} imports {name}"


def test_every_module_is_asked_for_at_once(signed_in: Client) -> None:
    html = signed_in.get(reverse("chat-new")).content.decode()
    preloaded = set(re.findall(r'<link rel="modulepreload" href="/static/([^"]+)">', html))
    needed, found = {"js/app.js"}, set()
    while needed:
        name = needed.pop()
        found.add(name)
        folder = Path(name).parent
        for imported in STATIC_IMPORT.findall((STATIC / name).read_text()):
            path = (STATIC / folder / imported).resolve().relative_to(STATIC).as_posix()
            needed |= {path} - found
    assert preloaded == found - {"js/app.js"}

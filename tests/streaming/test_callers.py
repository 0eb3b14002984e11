"""Who calls: a session with its CSRF token, or a key with the right scope."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import AsyncClient
from django.urls import path
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

import config.urls
from chat import keys
from chat.models import ApiKey, User
from streaming.doors.callers import caller_of
from streaming.errors import Forbidden, Unauthenticated

# Real transactions: the view looks the key up in a thread of its own.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls(__name__)]


@csrf_exempt
async def who(request: HttpRequest) -> HttpResponse:
    """A view as the API's are."""
    try:
        caller = await caller_of(request, scope="chat")
    except (Unauthenticated, Forbidden) as error:
        status = 401 if isinstance(error, Unauthenticated) else 403
        return JsonResponse({"told": error.told()}, status=status)
    by = caller.key.name if caller.key else "session"
    holds = await caller.still_holds()
    return JsonResponse({"name": caller.user.get_username(), "by": by, "holds": holds})


urlpatterns = [path("who", who), *config.urls.urlpatterns]

Made = Callable[..., str]


@pytest.fixture
def person() -> User:
    return User.objects.create_user("ada")


@pytest.fixture
def made(person: User) -> Made:
    def make(owner: User = person, **fields: Any) -> str:
        return keys.make(ApiKey(owner=owner, name="program", **fields))

    return make


@pytest.fixture
def signed_in(person: User) -> AsyncClient:
    client = AsyncClient(enforce_csrf_checks=True)
    client.force_login(person)
    return client


@pytest.mark.parametrize(
    "headers",
    [
        lambda secret: {"authorization": f"Bearer {secret}"},
        lambda secret: {"authorization": f"bearer  {secret} "},
        lambda secret: {"x-api-key": secret},
        # A proxy's own password is not ours to look at.
        lambda secret: {"x-api-key": secret, "authorization": "Basic eDp5"},
    ],
)
async def test_a_key_needs_no_session_and_no_token(
    made: Made, headers: Callable[[str], dict[str, str]]
) -> None:
    secret = await _in_thread(made)
    client = AsyncClient(enforce_csrf_checks=True)
    answer = await client.post("/who", headers=headers(secret))
    assert answer.json() == {"name": "ada", "by": "program", "holds": True}


async def test_every_key_that_opens_nothing_gets_the_same_answer(made: Made) -> None:
    gone = await User.objects.acreate(username="gone", is_active=False)
    past = timezone.now() - timedelta(seconds=1)
    secrets = [
        "",
        "rvl_wrong",
        await _in_thread(made, expires_at=past),
        await _in_thread(made, revoked_at=past),
        await _in_thread(made, gone),
    ]
    client = AsyncClient()
    answers = [
        await client.get("/who", headers={"authorization": f"Bearer {secret}"})
        for secret in secrets
    ]
    assert {(one.status_code, one.content) for one in answers} == {
        (401, answers[0].content),
    }
    assert (await client.get("/who")).status_code == 401


async def test_a_key_opens_what_its_scopes_name(made: Made) -> None:
    secret = await _in_thread(made, scopes=["history"])
    answer = await AsyncClient().get("/who", headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 403


async def test_a_session_needs_its_token_where_something_is_done(signed_in: AsyncClient) -> None:
    assert (await signed_in.get("/who")).json()["by"] == "session"
    assert (await signed_in.post("/who", {}, "application/json")).status_code == 403
    token = "t" * 32
    signed_in.cookies["csrftoken"] = token
    given = {"x-csrftoken": token}
    answer = await signed_in.post("/who", {}, "application/json", headers=given)
    assert answer.json() == {"name": "ada", "by": "session", "holds": True}
    wrong = {"x-csrftoken": "u" * 32}
    assert (await signed_in.post("/who", {}, "application/json", headers=wrong)).status_code == 403
    elsewhere = {**given, "origin": "https://elsewhere.example"}
    refused = await signed_in.post("/who", {}, "application/json", headers=elsewhere)
    assert refused.status_code == 403


async def test_where_both_come_the_key_counts(signed_in: AsyncClient, made: Made) -> None:
    bob = await User.objects.acreate(username="bob")
    secret = await _in_thread(made, bob)
    answer = await signed_in.post("/who", headers={"authorization": f"Bearer {secret}"})
    assert answer.json()["name"] == "bob"
    wrong = await signed_in.post("/who", headers={"authorization": "Bearer rvl_wrong"})
    assert wrong.status_code == 401


async def test_nothing_of_a_key_is_in_the_log(made: Made, caplog: pytest.LogCaptureFixture) -> None:
    secret = await _in_thread(made, scopes=["history"])
    caplog.set_level(0)
    client = AsyncClient()
    await client.get("/who", headers={"authorization": f"Bearer {secret}"})
    await client.get("/who", headers={"authorization": "Bearer rvl_wrong"})
    lines = [record.getMessage() for record in caplog.records if record.name != "asyncio"]
    assert not any("rvl_" in line or secret in line for line in lines)


async def _in_thread(made: Made, *args: Any, **fields: Any) -> str:
    secret: str = await database_sync_to_async(made)(*args, **fields)
    return secret

"""`python -m scripts.screenshots.seed`: what has been said before the pictures are taken.

Prints `name id` of the conversations that are looked at.
"""

import os
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.utils import timezone

from chat import keys
from chat.models import (
    ApiKey,
    Assistant,
    Conversation,
    Feedback,
    Message,
    PromptVersion,
    Share,
    Spending,
    User,
)
from chat.models.costs import in_units
from scripts.screenshots import answers
from streaming.errors import ProviderTimeout

NOW = timezone.now()
FIGURES: dict[str, Any] = {
    "source": "cloud",
    "provider": "openai",
    "model": "mock",
    "finish_reason": "stop",
    "input_tokens": 214,
    "output_tokens": 187,
    "cached_tokens": 128,
    "cost_usd": Decimal("0.00318"),
    "first_token_ms": 412,
    "processing_time_ms": 4260,
}
EARLIER = {
    1: ["A kind but firm no", "Three dinners from lentils"],
    3: ["Names for a small boat", "The difference between fog and mist"],
    12: ["Packing for the mountains", "A bicycle for the city"],
    40: ["Sourdough, from the beginning", "Weather maps, and how to read them"],
}


class Writer:
    """Writes conversations of one person, each a little older than the one before."""

    def __init__(self, owner: User) -> None:
        self._owner = owner
        self._age = timedelta()

    def conversation(self, title: str, *, days: int = 0, **more: Any) -> Conversation:
        self._age += timedelta(seconds=30)
        moment = NOW - self._age - timedelta(days=days)
        made = Conversation.objects.create(
            owner=self._owner, title=title, created_at=moment, updated_at=moment, **more
        )
        print(f"{title.partition(' ')[0].lower()} {made.id}")
        return made

    def say(
        self, to: Conversation, question: str, *texts: str, shown: int = -1, **more: Any
    ) -> None:
        """A question and the versions of its answer."""
        asked = Message.objects.create(
            conversation=to,
            parent=to.tip,
            role=Message.Role.USER,
            content=question,
            author=self._owner,
            client_id=uuid.uuid4().hex,
            created_at=to.created_at,
        )
        values = FIGURES | {"status": Message.Status.COMPLETE, "finished_at": NOW} | more
        made = [
            Message.objects.create(
                conversation=to,
                parent=asked,
                role=Message.Role.ASSISTANT,
                content=text,
                created_at=to.created_at + timedelta(seconds=number + 1),
                **values,
            )
            for number, text in enumerate(texts)
        ]
        to.tip = made[shown]
        to.save(update_fields=["tip"])


def add_assistants() -> None:
    """Two to choose from."""
    for picture, name, description, starters, text in answers.ASSISTANTS:
        made = Assistant.objects.create(
            name=name, picture=picture, description=description, starters=starters
        )
        made.prompt = PromptVersion.objects.create(assistant=made, number=1, text=text)
        made.save(update_fields=["prompt"])


def add_keys(owner: User) -> None:
    """One in use, one that has ended."""
    used = {"last_used_at": NOW - timedelta(hours=2), "created_at": NOW - timedelta(days=9)}
    keys.make(ApiKey(owner=owner, name="Notes on the desk", scopes=["chat", "history"], **used))
    ended = ApiKey(owner=owner, name="The old script", scopes=["chat"], budget_usd=5)
    keys.make(ended)
    keys.revoke(ApiKey.objects.filter(id=ended.id))


def spend(person: User) -> None:
    """A week of it."""
    for days, calls in enumerate((31, 44, 12, 27, 38, 9, 22)):
        for model, cents in (("claude-sonnet-5-5", 2), ("claude-haiku-5-5", Decimal("0.3"))):
            Spending.objects.create(
                day=(NOW - timedelta(days=days)).date(),
                person=person,
                provider="anthropic",
                model=model,
                purpose=Spending.Purpose.REPLY,
                calls=calls,
                input_tokens=calls * 900,
                output_tokens=calls * 240,
                cached_tokens=calls * 500,
                cost_units=in_units(Decimal(calls) * cents / 100),
            )


def main() -> None:
    guest = User.objects.get(username="guest")
    User.objects.create_superuser("staff", "", "river 1 stone")
    writer = Writer(guest)
    say, conversation = writer.say, writer.conversation

    tides = conversation("Tides for a child", pinned_at=NOW)
    say(tides, answers.TIDES, answers.TIDES_ANSWER)
    Share.objects.create(
        conversation=tides, tip=tides.tip, title=tides.title, token="9mVxw2kQf7cT3sLr0HdNbY8a"
    )
    duplicates = conversation("Duplicate files")
    say(duplicates, answers.DUPLICATES, answers.DUPLICATES_ANSWER)
    Feedback.objects.create(message=duplicates.tip, person=guest, rating=-1)
    versions = conversation("Another way to tell of tides")
    say(versions, answers.TIDES, answers.SHORTER, answers.WARMER, answers.TIDES_ANSWER, shown=1)
    stopped = conversation("Canals")
    say(stopped, answers.CANALS, answers.CANALS_ANSWER, status=Message.Status.STOPPED)
    interrupted = conversation("Interrupted canals")
    say(interrupted, answers.CANALS, answers.CANALS_ANSWER, status=Message.Status.INTERRUPTED)
    failed = conversation("Reading about rivers")
    say(
        failed,
        answers.LATER,
        "",
        status=Message.Status.FAILED,
        error_code=ProviderTimeout.code,
        error_sentence=str(ProviderTimeout().sentence),
    )
    thought = conversation("Thoughts before an answer")
    say(thought, answers.BRIDGES, answers.BRIDGES_ANSWER, thinking=answers.BRIDGES_THOUGHTS)
    for days, titles in EARLIER.items():
        for title in titles:
            say(conversation(title, days=days), f"{title}?", answers.GLADLY)
    long = conversation("Long walks along the river", days=12)
    for number in range(1, 41):
        say(long, f"And what is behind bend {number}?", answers.BEND)
    for title in ("Old notes on weirs", "A poem about rain"):
        say(conversation(title, days=60, archived_at=NOW), f"{title}?", answers.GLADLY)
    add_assistants()
    add_keys(guest)
    spend(guest)


if __name__ == "__main__":
    main()

"""Instant answers: what staff have written down, and a few that come with the project."""

import logging
import zoneinfo
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import cache
from time import monotonic

from channels.db import database_sync_to_async
from django.conf import settings
from django.db import DatabaseError
from django.utils.formats import date_format
from django.utils.translation import override

from chat import phrases
from chat.models import InstantAnswer
from chat.phrases import CHARS_MAX, OPEN_WORDS_MAX, Phrase, words_of
from streaming.edge import builtin
from streaming.edge.given import Given, Wish

# How old what staff have written may be.
FRESH_SECONDS = 5.0
ANSWERS_MAX = 2000

logger = logging.getLogger("rivulet.instant")


@dataclass(frozen=True, slots=True)
class Answer:
    """A text with placeholders, and the language of what is filled in."""

    text: str
    language: str


@dataclass(slots=True)
class Index:
    """Finds the answer to a question by a few looks into dictionaries.

    ``shapes`` are the lengths, before and after the open place, that there are.
    """

    closed: dict[tuple[str, ...], Answer] = field(default_factory=dict)
    opened: dict[tuple[tuple[str, ...], tuple[str, ...]], Answer] = field(default_factory=dict)
    shapes: list[tuple[int, int]] = field(default_factory=list)

    @classmethod
    def of(cls, known: Iterable[tuple[Iterable[Phrase], Answer]]) -> "Index":
        """The first of two answers to the same question stays."""
        index = cls()
        for read, answer in known:
            for phrase in read:
                if phrase.is_open:
                    index.opened.setdefault((phrase.before, phrase.after), answer)
                else:
                    index.closed.setdefault(phrase.before, answer)
        sizes = {(len(before), len(after)) for before, after in index.opened}
        # The most words first: they say most.
        index.shapes = sorted(sizes, key=sum, reverse=True)
        return index

    def find(self, question: str) -> Answer | None:
        """The answer to this question; words for word before an open place."""
        if len(question) > CHARS_MAX:
            return None
        words = words_of(question)
        if found := self.closed.get(words):
            return found
        for before, after in self.shapes:
            between = len(words) - before - after
            if not 1 <= between <= OPEN_WORDS_MAX:
                continue
            if found := self.opened.get((words[:before], words[before + between :])):
                return found
        return None


class InstantAnswers:
    """The index of a process, read anew when it is some seconds old, in a ``database`` thread."""

    def __init__(self, database: Executor | None = None) -> None:
        self._index = Index()
        self._read_at = float("-inf")
        self._read = database_sync_to_async(_read, thread_sensitive=False, executor=database)

    async def answer(self, wish: Wish) -> Given | None:
        """The answer to the last message, if it was foreseen."""
        found = await self.find(wish.question)
        if found is None:
            return None
        pace = settings.CHAT_INSTANT_WORDS_PER_SECOND
        return Given(filled(found, wish.asked_at, wish.zone), "edge", words_per_second=pace)

    async def find(self, question: str) -> Answer | None:
        """The text that is there for this question; none where they are turned off."""
        if not settings.CHAT_INSTANT or len(question) > CHARS_MAX:
            return None
        await self._refresh()
        return self._index.find(question)

    async def _refresh(self) -> None:
        if monotonic() - self._read_at < FRESH_SECONDS:
            return
        # Before it is read: others who come meanwhile take what there is.
        self._read_at = monotonic()
        try:
            self._index = Index.of([*await self._read(), *built_in()])
        except DatabaseError as error:
            logger.warning("instant answers are not read anew: %s", type(error).__name__)


def _read() -> list[tuple[list[Phrase], Answer]]:
    rows = InstantAnswer.objects.filter(is_active=True).order_by("id")[:ANSWERS_MAX]
    known = []
    for row in rows:
        try:
            known.append((phrases.read(row.questions), Answer(row.answer, row.language)))
        except phrases.BadPhrase:
            # Written past the admin.
            logger.warning("instant answer %s cannot be read", row.pk)
    return known


@cache
def built_in() -> list[tuple[list[Phrase], Answer]]:
    """What comes with the project."""
    return [
        (phrases.read(questions), Answer(answer, language))
        for language, questions, answer in builtin.read()
    ]


def filled(answer: Answer, asked_at: datetime, zone_name: str) -> str:
    """The text for whoever asked then and there; without a zone it is UTC's time."""
    zone_of = zone(zone_name)
    local = asked_at.astimezone(zone_of)
    with override(answer.language):
        values = {
            "date": f"{date_format(local, 'l')}, {date_format(local, 'DATE_FORMAT')}",
            "time": date_format(local, "TIME_FORMAT"),
            "zone": "UTC" if zone_of is UTC else zone_name.replace("_", " "),
        }
    return phrases.fill(answer.text, values)


def zone(name: str) -> tzinfo:
    """The time zone of that name, else UTC."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC

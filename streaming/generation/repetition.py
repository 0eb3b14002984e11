"""A turn whose answer is there already: from the cache, or an instant one."""

import asyncio
import re
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from chat.finish import Finished
from chat.models import Message
from streaming.edge.given import Given, pieces
from streaming.errors import ReplyError
from streaming.generation.call import Way
from streaming.generation.draft import Draft
from streaming.generation.turn import Turn

# A word with the white space after it.
WORD = re.compile(r"\s*\S+\s*")


@dataclass(slots=True)
class GivenDraft(Draft):
    """Its figures are those of a text that nobody had to be paid for."""

    given: Given | None = None

    def finished(self, status: Message.Status, error: ReplyError | None = None) -> Finished:
        made = Draft.finished(self, status, error)
        given = self.given
        assert given is not None
        return replace(
            made,
            source=given.source,
            provider=given.provider,
            model=given.model,
            finish_reason=given.finish_reason if status == Message.Status.COMPLETE else "",
            cost_usd=Decimal(0),
        )


class Repetition(Turn):
    """Says ``given``, under the same rules as what a model says: stopped, taken over, closed."""

    def __init__(self, *parts: Any, given: Given) -> None:
        self._given = given
        super().__init__(*parts)

    def _new_draft(self) -> Draft:
        return GivenDraft(self._reply, self._candidates[0], self._tries, given=self._given)

    async def _take_up(self) -> list[Way]:
        said, thought = self._before.text, self._before.thinking
        is_same = self._attempt.is_whole and self._given.text.startswith(said) and not thought
        if (said or thought) and not is_same:
            await self._start_over("another attempt")
        else:
            self._keep_what_was_said()
            # The same text to the end: there is no seam in it.
            self._draft.seams = []
        return []

    async def _generate(self, ways: list[Way]) -> None:
        if self._given.model:
            self._writer.speaks(self._given.provider, self._given.model)
        rest = self._given.text[len(self._draft.text) :]
        if pace := self._given.words_per_second:
            for word in WORD.findall(rest) or [rest]:
                self._say(word)
                await asyncio.sleep(1 / pace)
        else:
            for piece in pieces(rest):
                self._say(piece)

    def _say(self, text: str) -> None:
        self._draft.add(text)
        self._writer.token(text)

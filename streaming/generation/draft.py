"""A reply while it is being made."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from chat.finish import ERROR_TEXT_MAX_CHARS, Finished
from chat.models import Message
from config.catalogue import Model
from streaming.errors import ReplyError
from streaming.generation.tries import Try, plausible, total_usd
from streaming.providers.base import Finish, Usage

# What is kept and shown of it; who thinks for longer goes on unheard.
THINKING_CHARS_MAX = 100_000


@dataclass(slots=True)
class Draft:
    """The text so far and the figures of one attempt.

    ``model`` is who answers; until somebody does, the first who was to be asked; None where
    nobody is. ``tries`` is all that was asked, also for a text that is void now.
    """

    reply: Message
    model: Model | None
    tries: list[Try] = field(default_factory=list)
    # In UTF-8: a string for each token takes several times the memory of what it says.
    written: bytearray = field(default_factory=bytearray)
    thoughts: list[str] = field(default_factory=list)
    thought_chars: int = 0
    seams: list[int] = field(default_factory=list)
    first_token_at: datetime | None = None
    finish: Finish | None = None

    def add(self, text: str) -> None:
        """Note a piece of the answer."""
        if self.first_token_at is None:
            self.first_token_at = datetime.now(UTC)
        self.written += text.encode()

    def take_up(self, text: str) -> None:
        """Begin with what an earlier attempt or version said."""
        self.written = bytearray(text.encode())

    @property
    def text(self) -> str:
        """The answer so far."""
        return self.written.decode()

    def think(self, text: str) -> str:
        """Note a piece of what the model thinks; gives the part of it that there is room for."""
        # No database takes a NUL, and no answer ends because of a thought.
        taken = text.replace("\x00", "")[: THINKING_CHARS_MAX - self.thought_chars]
        if taken:
            self.thoughts.append(taken)
            self.thought_chars += len(taken)
        return taken

    def finished(self, status: Message.Status, error: ReplyError | None = None) -> Finished:
        """What is kept. Times run from the moment the message was accepted."""
        now = datetime.now(UTC)
        text = self.text
        usage = plausible(self.finish.usage) if self.finish else Usage()
        return Finished(
            id=self.reply.id,
            attempt=self.reply.attempts,
            status=status,
            content=text,
            thinking="".join(self.thoughts),
            # One at the very end is of an attempt that added nothing.
            seams=[seam for seam in self.seams if 0 < seam < len(text)],
            finished_at=now,
            source=self.model.tier if self.model else "",
            provider=self.model.provider if self.model else "",
            model=self.model.name if self.model else "",
            finish_reason=self.finish.reason if self.finish else "",
            input_tokens=usage.input_tokens,
            output_tokens=usage.output_tokens,
            cached_tokens=usage.cached_tokens,
            cost_usd=total_usd(self.tries),
            tries=[one.kept() for one in self.tries],
            first_token_ms=self._ms(self.first_token_at),
            processing_time_ms=self._ms(now),
            error_code=error.code if error else "",
            error_sentence=error.sentence[:ERROR_TEXT_MAX_CHARS] if error else "",
            error_detail=error.detail[:ERROR_TEXT_MAX_CHARS] if error else "",
        )

    def _ms(self, when: datetime | None) -> int | None:
        if when is None:
            return None
        # Two machines' clocks may disagree by more than a fast answer takes.
        return max(0, round((when - self.reply.created_at).total_seconds() * 1000))

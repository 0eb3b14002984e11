"""One reply asked of the mock provider through the real SDKs, its log in a real Redis."""

import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from chat.finish import Finished
from chat.models import Message
from config.catalogue import Model, Tier
from streaming import redis as keys
from streaming.chunks import Chunk, Entry
from streaming.delivery import log
from streaming.delivery.publish import Publisher
from streaming.generation.asking import Asker
from streaming.generation.attempts import Attempt
from streaming.generation.stops import StopRequest
from streaming.generation.turn import Turn

QUESTION = "Where do rivers come from?"


@dataclass
class Scene:
    """One reply; `make` may be called again for another attempt at it."""

    candidates: list[Model]
    question: str = QUESTION
    beginning: str = ""
    asker: Asker = field(default_factory=Asker)
    stop: StopRequest = field(default_factory=StopRequest)
    ids: tuple[uuid.UUID, uuid.UUID] = field(default_factory=lambda: (uuid.uuid4(), uuid.uuid4()))
    entries: list[Entry] = field(default_factory=list)

    async def append(self, seq: int, kind: Any, content: str, **metadata: Any) -> None:
        chunk = Chunk(*self.ids, seq, kind, content, metadata)
        await log.append(keys.client(), [log.prepare(chunk, writer="earlier")])

    async def make(self, attempt: int = 1) -> Finished:
        """Make the reply from what its log says, and close it."""
        if attempt == 1:
            await self.append(0, "start", "")
            if self.beginning:
                await self.append(1, "token", self.beginning, seams=[len(self.beginning)])
        entries = await log.read_all(keys.client(), self.ids[0])
        message_id, conversation_id = self.ids
        reply = Message(
            id=message_id,
            conversation_id=conversation_id,
            role="assistant",
            status="processing",
            content=self.beginning,
            seams=[len(self.beginning)] if self.beginning else [],
            created_at=datetime.now(UTC),
            attempts=attempt,
        )
        said = [Message(role="user", content=self.question)]
        async with Publisher() as publisher:
            turn = Turn(
                publisher,
                self.asker,
                reply,
                said,
                self.candidates,
                Attempt(attempt, entries, stop_asked=False),
                self.stop,
            )
            finished = await turn.run_to_the_log()
            await turn.close(finished)
        self.entries = await log.read_all(keys.client(), message_id)
        return finished

    @property
    def kinds(self) -> list[str]:
        return [one["kind"] for one in self.entries]


def tried(finished: Finished) -> list[tuple[str, str]]:
    """Which provider was asked, and why it did not answer."""
    return [(one["provider"], one["kind"]) for one in finished.tries]


def model(plan: str, provider: str = "openai", tier: Tier = "cloud") -> Model:
    """A model of the mock provider, which does this."""
    return Model(provider, f"mock?{plan}", tier)


DOWN = model("fault=status&status=500")
WELL = model("tokens=9&seed=2", "anthropic", "regional")

"""One attempt at one reply, from the conversation so far to the text and its figures."""

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from django.conf import settings

from chat.finish import FIELDS, Finished
from chat.models import Message
from config.catalogue import Model
from streaming.delivery.closing import closing
from streaming.delivery.log import Superseded
from streaming.delivery.publish import CLOSE_TIMEOUT_SECONDS, Publisher
from streaming.errors import InternalError, ProviderError, ProviderTimeout, ReplyError
from streaming.failures import Kind
from streaming.generation import prompt
from streaming.generation.asking import Asker, Asking
from streaming.generation.attempts import Attempt, SoFar, given_up_before, so_far, who_goes_on
from streaming.generation.call import Call, Way
from streaming.generation.draft import Draft
from streaming.generation.stops import StopRequest
from streaming.generation.tries import Try
from streaming.intake.starting import beginning_metadata
from streaming.providers.base import Request, Text, Thought
from streaming.providers.registry import provider
from streaming.retry import describe
from streaming.routing.persona import persona

# The log is gone while the reply is not finished: chunks from here on are a hole to every
# reader, who then waits for the end and takes the saved message.
SEQ_AFTER_LOSS = 1_000_000

logger = logging.getLogger("rivulet.turn")


class Turn:
    """Owns the task that reads the provider's stream, and ends it when ``stop`` is asked.

    ``candidates`` are the models that may answer, the best first; without any the reply fails.
    """

    def __init__(
        self,
        publisher: Publisher,
        asker: Asker,
        reply: Message,
        said: list[Message],
        candidates: Sequence[Model],
        attempt: Attempt,
        stop: StopRequest,
    ) -> None:
        self._asker = asker
        self._reply = reply
        self._said = said
        self._candidates = candidates
        self._persona = persona(reply, said)
        self._attempt = attempt
        self._before = so_far(attempt.entries)
        # What an earlier version said, if this one goes on with it.
        self._beginning = "" if reply.is_finished else reply.content
        self._tries: list[Try] = []
        self._draft = self._new_draft()
        self._retry_after: float | None = None
        self._generating: asyncio.Task[None] | None = None
        self._stop = stop
        stop.then = self._cancel
        self._writer = publisher.writer(
            reply.id,
            reply.conversation_id,
            next_seq=attempt.last_seq + 1 if attempt.entries else SEQ_AFTER_LOSS,
            on_interrupt=self._interrupt,
        )

    def _new_draft(self) -> Draft:
        return Draft(self._reply, next(iter(self._candidates), None), self._tries)

    def _interrupt(self, stop_asked: bool) -> None:
        if stop_asked:
            self._stop.ask()
        else:
            self._cancel()

    def _cancel(self) -> None:
        if self._generating is not None:
            self._generating.cancel()

    async def run(self) -> Finished:
        """Make the reply; what went wrong is in the result.

        Raises Superseded when another worker has it, CancelledError when this one shuts down.
        """
        status = Message.Status
        if self._beginning and not self._before.text:
            # Whoever accepted it died in between, or the log is gone.
            await self._say_beginning()
        if self._stop.asked:
            await self._keep_what_is_whole()
            return self._draft.finished(status.STOPPED)
        if failure := given_up_before(self._reply, self._candidates):
            await self._keep_what_is_whole()
            return self._draft.finished(status.FAILED, failure)
        ways = await self._take_up()
        if self._stop.asked:
            return self._draft.finished(status.STOPPED)
        self._generating = asyncio.create_task(self._generate(ways), name=f"reply {self._reply.id}")
        try:
            await self._generating
        except asyncio.CancelledError:
            if self._writer.refused:
                raise Superseded from None
            if not self._stop.asked:
                raise
            return self._draft.finished(status.STOPPED)
        except ReplyError as error:
            self._retry_after = getattr(error, "retry_after", None)
            return self._draft.finished(status.FAILED, error)
        except Exception as error:
            logger.error("reply %s: %s", self._reply.id, describe(error))
            internal = InternalError(detail=type(error).__name__)
            return self._draft.finished(status.FAILED, internal)
        return self._draft.finished(status.COMPLETE)

    async def _keep_what_is_whole(self) -> None:
        if self._before.text and not self._attempt.is_whole:
            # What is left of it is not what was said: pages and row agree on nothing.
            await self._start_over("the beginning was lost")
        else:
            self._keep_what_was_said()

    def _keep_what_was_said(self) -> None:
        self._draft.take_up(self._before.text)
        self._draft.seams = list(self._before.seams)
        self._draft.first_token_at = self._before.first_token_at
        self._draft.think(self._before.thinking)

    async def _take_up(self) -> list[Way]:
        """Go on from what there is already, or declare it void; gives who is asked for what."""
        anew = [
            Way(model, self._beginning, natively=provider(model.provider).continues)
            for model in self._candidates
        ]
        if not (self._before.text or self._before.thinking):
            return anew
        speaker = who_goes_on(self._candidates, self._before, whole=self._attempt.is_whole)
        is_void = self._before.text != self._beginning or self._before.thinking
        if is_void and speaker is None:
            await self._start_over("another attempt")
            return anew
        self._keep_what_was_said()
        if speaker is None:
            return anew
        # Nobody else goes on with this voice: the others begin again, if it has to be.
        others = [way for way in anew if way.model != speaker]
        return [Way(speaker, self._before.text), *others]

    async def _start_over(self, reason: str) -> None:
        self._draft = self._new_draft()
        await self._writer.send("reset", "", {"reason": reason})
        if self._beginning:
            await self._say_beginning()
            self._keep_what_was_said()

    async def _say_beginning(self) -> None:
        metadata = beginning_metadata(self._reply)
        await self._writer.send("token", self._beginning, metadata)
        self._before = SoFar(self._beginning, seams=metadata["seams"])

    async def _generate(self, ways: list[Way]) -> None:
        """Ask until somebody speaks, and take down what is said."""
        late = asyncio.get_running_loop().time() + settings.CHAT_REPLY_TIMEOUT_SECONDS
        asking = Asking(
            self._asker,
            ways,
            beginning=self._beginning,
            build=self._request,
            prepare=self._make_fit,
            tries=self._tries,
        )
        async with asking:
            while True:
                call = await self._first_to_speak(asking, late)
                try:
                    async with call:
                        self._draft.model = call.model
                        self._writer.speaks(call.model.provider, call.model.name)
                        await self._take_down(call, late)
                    return
                except ProviderError as error:
                    if call.record.spoke_at is not None or not call.record.thought_bytes:
                        raise
                    asking.thought_only(call, error)
                    await self._start_over("the model that thought does not answer")

    async def _first_to_speak(self, asking: Asking, late: float) -> Call:
        try:
            async with asyncio.timeout_at(late) as deadline:
                return await asking.spoken()
        except TimeoutError:
            if not deadline.expired():
                raise
            raise self._too_long() from None
        except ProviderError:
            self._draft.model = asking.blamed or self._draft.model
            raise

    def _request(self, way: Way) -> Request:
        given, who = len(self._beginning), self._persona
        return prompt.build(
            way.model, self._said, way.prefix, given=given, natively=way.natively, persona=who
        )

    async def _make_fit(self, way: Way) -> None:
        if self._draft.text != way.prefix:
            await self._start_over("the model that had begun does not go on")

    async def _take_down(self, call: Call, late: float) -> None:
        clock = asyncio.get_running_loop().time
        gap = settings.CHAT_TOKEN_GAP_TIMEOUT_SECONDS
        postponed = clock()
        try:
            async with asyncio.timeout_at(min(postponed + gap, late)) as deadline:
                async for event in call:
                    # A timer per token would cost more than the token.
                    if (now := clock()) - postponed > gap / 20:
                        deadline.reschedule(min(now + gap, late))
                        postponed = now
                    if isinstance(event, Text):
                        self._draft.add(event.text)
                        self._writer.token(event.text)
                    elif isinstance(event, Thought):
                        if thought := self._draft.think(event.text):
                            self._writer.thought(thought)
                    else:
                        self._draft.finish = event
                    if self._writer.is_ahead:
                        deadline.reschedule(None)
                        await self._writer.drained()
                        postponed = 0.0
        except TimeoutError:
            if clock() >= late:
                raise self._too_long() from None
            raise ProviderTimeout(detail=f"{call.model}: no token in time") from None

    def _too_long(self) -> ProviderTimeout:
        detail = f"not complete after {settings.CHAT_REPLY_TIMEOUT_SECONDS:g} s"
        return ProviderTimeout(detail=detail, kind=Kind.DEADLINE)

    def given_up(self) -> Finished:
        """What it took up to the moment when another worker had the reply."""
        return self._draft.finished(Message.Status.INTERRUPTED)

    async def run_to_the_log(self) -> Finished:
        """`run`, and wait until the log has all of it: a row is never ahead of its log.

        Unless Redis is away for too long: the reply is saved all the same, and who closes the
        log brings it up to the row.
        """
        finished = await self.run()
        with contextlib.suppress(TimeoutError):
            await self.passed_on()
        return finished

    async def passed_on(self) -> None:
        """Wait until what was generated is in the log.

        Raises Superseded, and TimeoutError when Redis is away for too long.
        """
        async with asyncio.timeout(CLOSE_TIMEOUT_SECONDS):
            await self._writer.drained()

    async def close(self, finished: Finished | None, budget: dict[str, Any] | None = None) -> None:
        """Append the closing chunk; None where the row was saved by an earlier attempt.

        Then what that one saved and did not get into the log goes before it. Raises
        Superseded, and TimeoutError when Redis is away for too long.
        """
        if finished is None:
            await self._bring_up_to_the_row()
        else:
            for name in FIELDS:
                setattr(self._reply, name, getattr(finished, name))
        told = closing(self._reply, retry_after=self._retry_after, budget=budget)
        await self._writer.send(*told)

    async def _bring_up_to_the_row(self) -> None:
        kept, said = self._reply.content, self._before.text
        if not self._attempt.entries or (self._attempt.is_whole and kept == said):
            return
        if not (self._attempt.is_whole and kept.startswith(said)):
            await self._writer.send("reset", "", {"reason": "the log had lost a part"})
            if self._reply.thinking:
                self._writer.thought(self._reply.thinking)
            said = ""
        if kept != said:
            self._writer.token(kept[len(said) :])

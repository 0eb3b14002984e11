"""The whole error tree.

ChatError
├── Refused             a frame or request that is not accepted; nothing was started
│   ├── BadFrame · UnknownType · EmptyMessage · MessageTooLong
│   ├── Unauthenticated · Forbidden · WrongMethod · WrongType · TooSlow   over HTTP only
│   └── NotFound · Unfinished · RateLimited · BudgetExceeded · Busy
└── ReplyError          a reply that could not be completed; text so far is kept
    ├── ProviderError
    │   └── ProviderUnavailable · ProviderRejected · ProviderTimeout
    └── NothingFree · InternalError

``code`` is what programs read, ``sentence`` what a person reads, ``detail`` what staff read
(never a key, never a prompt), ``status`` what a refusal is over HTTP. A sentence is kept and
logged in English, whoever caused it, and translated where somebody reads it: ``told``,
`chat.payloads.error_told`, `chunks.told`.
"""

from typing import ClassVar

from django.utils.formats import number_format
from django.utils.translation import gettext, gettext_noop

from streaming.failures import Kind


class ChatError(Exception):
    """Something a person is told about."""

    code: ClassVar[str]
    sentence: str
    retryable: ClassVar[bool] = False

    def __init__(self, sentence: str = "", *, detail: str = "", **numbers: int) -> None:
        self._words = sentence or self.sentence
        self._numbers = numbers
        self.sentence = self._filled(self._words, {key: f"{n:,}" for key, n in numbers.items()})
        self.detail = detail
        super().__init__(detail or self.sentence)

    def told(self) -> str:
        """The sentence, with its numbers, in the language that is active."""
        numbers = self._numbers.items()
        told = {key: number_format(n, force_grouping=True) for key, n in numbers}
        return self._filled(gettext(self._words), told)

    def _filled(self, words: str, numbers: dict[str, str]) -> str:
        # Without numbers a brace is a brace.
        return words.format(**numbers) if numbers else words


class Refused(ChatError):
    """Not accepted; nothing was started. ``retry_after`` is in seconds."""

    status: ClassVar[int] = 400

    def __init__(
        self,
        sentence: str = "",
        *,
        detail: str = "",
        retry_after: float | None = None,
        **numbers: int,
    ) -> None:
        super().__init__(sentence, detail=detail, **numbers)
        self.retry_after = retry_after


class BadFrame(Refused):
    """A mistake of the program that sent it: what is wrong is told in English, to its makers."""

    code = "bad_frame"
    sentence = gettext_noop("That could not be understood.")


class UnknownType(Refused):
    code = "unknown_type"
    sentence = gettext_noop("There is no such type of frame.")


class EmptyMessage(Refused):
    code = "empty_message"
    sentence = gettext_noop("The message is empty.")


class MessageTooLong(Refused):
    code = "message_too_long"
    status = 413
    sentence = gettext_noop("The message is too long.")


class Unauthenticated(Refused):
    """No session and no key, or one that is unknown, revoked or expired: they look the same."""

    code = "unauthenticated"
    status = 401
    sentence = gettext_noop("Sign in, or send an API key that is valid.")


class Forbidden(Refused):
    """Known, but not allowed to do this: the key's scopes, or a form from another site."""

    code = "forbidden"
    status = 403
    sentence = gettext_noop("That is not allowed.")


class WrongMethod(Refused):
    code = "method_not_allowed"
    status = 405
    sentence = gettext_noop("That cannot be done with this address.")


class WrongType(Refused):
    code = "unsupported_media_type"
    status = 415
    sentence = gettext_noop("The body must be JSON.")


class TooSlow(Refused):
    """Half a request, and silence."""

    code = "timeout"
    status = 408
    sentence = gettext_noop("The request did not come in time.")


class NotFound(Refused):
    code = "not_found"
    status = 404
    sentence = gettext_noop("There is no such conversation or message.")


class Unfinished(Refused):
    """HTTP would call it a conflict."""

    code = "unfinished"
    status = 409
    sentence = gettext_noop("An answer is still being written. Stop it, or wait for its end.")


class RateLimited(Refused):
    code = "rate_limited"
    status = 429
    sentence = gettext_noop("That was a lot of messages. Please wait a moment.")
    retryable = True


TOO_MANY_REPLIES = gettext_noop(
    "So many answers are being written for you already. Please wait for one of them, or stop one."
)


class BudgetExceeded(Refused):
    """``retry_after`` tells when it renews, or when what is under way may have ended."""

    code = "budget_exceeded"
    status = 429
    sentence = gettext_noop("The budget is used up.")


class Busy(Refused):
    code = "busy"
    status = 503
    sentence = gettext_noop(
        "The service cannot take messages right now. Please try again in a moment."
    )
    retryable = True


class ReplyError(ChatError):
    """A reply that could not be completed."""


class ProviderError(ReplyError):
    """The model's provider failed. ``retry_after`` is in seconds, where the provider said it;
    ``kind`` decides what follows (`streaming/failures.py`)."""

    kind = Kind.SERVER

    def __init__(
        self,
        sentence: str = "",
        *,
        detail: str = "",
        retry_after: float | None = None,
        kind: Kind | None = None,
    ) -> None:
        super().__init__(sentence, detail=detail)
        self.retry_after = retry_after
        self.kind = kind or self.kind


class ProviderUnavailable(ProviderError):
    """No connection, cut in mid-stream, overloaded, 429, 5xx, or our key or model name refused."""

    code = "provider_unavailable"
    sentence = gettext_noop("The model cannot be reached right now. Please try again.")
    retryable = True


class ProviderRejected(ProviderError):
    """The provider refused what was asked: its form, its length or its content."""

    code = "provider_rejected"
    sentence = gettext_noop("The model refused this request.")
    kind = Kind.REJECTED


class ProviderTimeout(ProviderError):
    """No first token, a gap between tokens, or a whole reply, longer than its deadline."""

    code = "provider_timeout"
    kind = Kind.TIMEOUT
    sentence = gettext_noop("The model took too long to answer. Please try again.")
    retryable = True


class NothingFree(ReplyError):
    """Accepted for models that cost nothing, and there is none any more; nobody was asked."""

    code = BudgetExceeded.code
    sentence = BudgetExceeded.sentence


class InternalError(ReplyError):
    code = "internal"
    sentence = gettext_noop("Something went wrong on our side. Please try again.")
    retryable = True

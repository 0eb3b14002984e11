"""What goes wrong at a provider, told in our own errors; the only place that decides which.

``detail`` is made of status numbers and the provider's error words only: providers quote keys
and prompts in their messages, so no message and no body is ever copied.
"""

import re
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

import aiohttp
import httpx2
from django.utils.translation import gettext_noop

from streaming.errors import (
    ProviderError,
    ProviderRejected,
    ProviderTimeout,
    ProviderUnavailable,
)
from streaming.failures import Kind

CREDENTIALS = gettext_noop(
    "The model's provider refused our credentials. Please tell the operator."
)
UNKNOWN_MODEL = gettext_noop(
    "The configured model is not known to its provider. Please tell the operator."
)
TOO_LONG = gettext_noop("The conversation is too long for this model.")
BUSY = gettext_noop("The model is very busy right now. Please try again in a moment.")
DECLINED = gettext_noop("The model's provider declined to answer this.")
SPEECHLESS = gettext_noop("The model had no answer. Please try again.")

# Statuses that may go away by themselves; every other 4xx is an answer to what was asked.
TRANSIENT = {408, 409, 425, 429}

TOO_LONG_WORDS = {
    "context_length_exceeded",
    "exceed_context_size_error",
    "request_too_large",
    "string_above_max_length",
}
# Where a provider has no word for it; only looked for, never copied.
TOO_LONG_PHRASES = ("prompt is too long", "maximum context length")

CREDENTIALS_WORDS = {
    "authentication_error",
    "billing_error",
    "invalid_api_key",
    "permission_error",
}
# OpenAI says it with 429, but no waiting helps: the account has no money left.
NO_MONEY_WORDS = {"insufficient_quota"}
UNKNOWN_MODEL_WORDS = {"model_not_found", "not_found_error"}
CONTENT_WORDS = {"content_filter", "content_policy_violation"}
# In-stream errors that another attempt would meet again.
REJECTING_WORDS = (
    TOO_LONG_WORDS
    | CREDENTIALS_WORDS
    | NO_MONEY_WORDS
    | UNKNOWN_MODEL_WORDS
    | CONTENT_WORDS
    | {"invalid_prompt", "invalid_request_error"}
)

DETAIL_MAX_CHARS = 300
WORD_MAX_CHARS = 64
# A limit per day or per week may ask for hours; nobody is told to wait for more than one.
RETRY_AFTER_MAX_SECONDS = 3600.0
RETRY_AFTER_SENSIBLE_SECONDS = 7 * 24 * 3600.0


def from_status(
    provider: str, status: int, headers: Mapping[str, str], body: object
) -> ProviderError:
    """An answer whose status says that there will be no stream."""
    words = error_words(body)
    detail = _detail(provider, status, *words)
    if status == 400 and _says_too_long(body):
        return _rejected(Kind.TOO_LONG, detail)
    if not NO_MONEY_WORDS & set(words) and (status >= 500 or status in TRANSIENT or status < 400):
        kind = _passing(status)
        sentence = BUSY if kind in (Kind.RATE_LIMITED, Kind.OVERLOADED) else ""
        return ProviderUnavailable(
            sentence, detail=detail, retry_after=_retry_after(headers), kind=kind
        )
    return _rejected(_rejecting(status, words), detail)


def from_event(provider: str, body: object) -> ProviderError:
    """An error that the provider sent inside the stream."""
    words = error_words(body)
    detail = _detail(provider, "in-stream", *words) if words else f"{provider} in-stream error"
    found = set(words)
    if REJECTING_WORDS & found:
        return _rejected(_rejecting(0, words), detail)
    if {"rate_limit_error", "rate_limit_exceeded"} & found:
        return ProviderUnavailable(BUSY, detail=detail, kind=Kind.RATE_LIMITED)
    if "overloaded_error" in found:
        return ProviderUnavailable(BUSY, detail=detail, kind=Kind.OVERLOADED)
    return ProviderUnavailable(detail=detail)


def from_transport(provider: str, error: BaseException) -> ProviderError:
    """A connection that could not be made, broke, or was silent for too long.

    The first cause decides: on the way up the libraries turn some broken connections into
    timeouts.
    """
    causes = [error]
    while (cause := causes[-1].__cause__) is not None:
        causes.append(cause)
    for cause in reversed(causes):
        if isinstance(cause, httpx2.TimeoutException | TimeoutError):
            return ProviderTimeout(detail=_detail(provider, type(cause).__name__))
        if isinstance(cause, httpx2.TransportError | aiohttp.ClientError | OSError):
            return _no_connection(provider, cause)
    return _no_connection(provider, error)


def _no_connection(provider: str, error: BaseException) -> ProviderUnavailable:
    return ProviderUnavailable(detail=_detail(provider, type(error).__name__), kind=Kind.CONNECTION)


def garbled(provider: str, what: str) -> ProviderUnavailable:
    """Bytes that are not the provider's protocol; ``what`` never quotes them."""
    return ProviderUnavailable(detail=_detail(provider, "sent garbage:", what), kind=Kind.GARBLED)


def cut_off(provider: str) -> ProviderUnavailable:
    """A stream that ended without saying so."""
    detail = f"{provider} ended the stream without a finish"
    return ProviderUnavailable(detail=detail, kind=Kind.CONNECTION)


def without_words(provider: str, reason: str) -> ProviderError:
    """An answer that ended without a word; ``reason`` is how the provider says that it ended."""
    detail = _detail(provider, "ended without a word:", reason)
    if reason == "content_filter":
        return _rejected(Kind.CONTENT, detail)
    return ProviderUnavailable(SPEECHLESS, detail=detail, kind=Kind.EMPTY)


# The operator's to put right, and then the same message is as good as it was. As words, because
# they come back from Redis.
LASTING: dict[str, str] = {Kind.CREDENTIALS: CREDENTIALS, Kind.UNKNOWN_MODEL: UNKNOWN_MODEL}


def circuit_open(model: str, kind: str, retry_after: float) -> ProviderError:
    """What is told where a breaker spares everybody the wait; ``kind`` is why it is open."""
    detail = _detail(model, "was not asked, its circuit is open:", kind)
    if sentence := LASTING.get(kind):
        return ProviderUnavailable(sentence, detail=detail, kind=Kind.OPEN)
    busy = kind in (Kind.RATE_LIMITED, Kind.OVERLOADED)
    return ProviderUnavailable(
        BUSY if busy else "", detail=detail, retry_after=retry_after, kind=Kind.OPEN
    )


def error_words(body: object) -> list[str]:
    """The type and code of a provider's error body, whichever of them are plain words."""
    error = _error(body)
    details = error.get("details")
    code = details.get("error_code") if isinstance(details, Mapping) else None
    words: list[str] = []
    for word in (error.get("type"), error.get("code"), code):
        if isinstance(word, str) and (plain := _plain(word)) and plain not in words:
            words.append(plain)
    return words


def _error(body: object) -> Mapping[str, Any]:
    error: Any = body.get("error", body) if isinstance(body, Mapping) else None
    return error if isinstance(error, Mapping) else {}


def _says_too_long(body: object) -> bool:
    message = str(_error(body).get("message", "")).lower()
    return any(phrase in message for phrase in TOO_LONG_PHRASES)


def _passing(status: int) -> Kind:
    """The kind of a failure that may go away by itself."""
    if status == 429:
        return Kind.RATE_LIMITED
    if status in (503, 529):
        return Kind.OVERLOADED
    return Kind.TIMEOUT if status in (408, 504) else Kind.SERVER


def _rejecting(status: int, words: list[str]) -> Kind:
    """The kind of a refusal that stays one."""
    found = set(words)
    if status == 413 or TOO_LONG_WORDS & found:
        return Kind.TOO_LONG
    if status in (401, 402, 403) or found & (CREDENTIALS_WORDS | NO_MONEY_WORDS):
        return Kind.CREDENTIALS
    if status == 404 or found & UNKNOWN_MODEL_WORDS:
        return Kind.UNKNOWN_MODEL
    return Kind.CONTENT if found & CONTENT_WORDS else Kind.REJECTED


SENTENCES = {
    Kind.TOO_LONG: TOO_LONG,
    Kind.CREDENTIALS: CREDENTIALS,
    Kind.UNKNOWN_MODEL: UNKNOWN_MODEL,
    Kind.CONTENT: DECLINED,
}


def _rejected(kind: Kind, detail: str) -> ProviderError:
    made = ProviderUnavailable if kind in LASTING else ProviderRejected
    return made(SENTENCES.get(kind, ""), detail=detail, kind=kind)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, from a number of seconds or a date; None where nothing sensible is said."""
    value = headers.get("retry-after", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, TypeError):
            return None
    # Not a number and infinity fail the comparison.
    if not seconds <= RETRY_AFTER_SENSIBLE_SECONDS:
        return None
    return min(max(seconds, 0.0), RETRY_AFTER_MAX_SECONDS)


def _detail(*parts: object) -> str:
    return " ".join(str(part) for part in parts)[:DETAIL_MAX_CHARS]


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "", word)[:WORD_MAX_CHARS]

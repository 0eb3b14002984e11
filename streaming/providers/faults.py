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

CREDENTIALS = gettext_noop(
    "The model's provider refused our credentials. Please tell the operator."
)
UNKNOWN_MODEL = gettext_noop(
    "The configured model is not known to its provider. Please tell the operator."
)
TOO_LONG = gettext_noop("The conversation is too long for this model.")
BUSY = gettext_noop("The model is very busy right now. Please try again in a moment.")

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

# In-stream errors that another attempt would meet again.
REJECTING_WORDS = TOO_LONG_WORDS | {
    "authentication_error",
    "billing_error",
    "content_filter",
    "content_policy_violation",
    "invalid_api_key",
    "invalid_prompt",
    "invalid_request_error",
    "model_not_found",
    "not_found_error",
    "permission_error",
}

DETAIL_MAX_CHARS = 300
WORD_MAX_CHARS = 64
RETRY_AFTER_MAX_SECONDS = 3600.0


def from_status(
    provider: str, status: int, headers: Mapping[str, str], body: object
) -> ProviderError:
    """An answer whose status says that there will be no stream."""
    words = error_words(body)
    detail = _detail(provider, status, *words)
    if status == 400 and _says_too_long(body):
        return ProviderRejected(TOO_LONG, detail=detail)
    if status >= 500 or status in TRANSIENT or status < 400:
        sentence = BUSY if status in (429, 529) else ""
        return ProviderUnavailable(sentence, detail=detail, retry_after=_retry_after(headers))
    return ProviderRejected(_sentence(status, words), detail=detail)


def from_event(provider: str, body: object) -> ProviderError:
    """An error that the provider sent inside the stream."""
    words = error_words(body)
    detail = _detail(provider, "in-stream", *words) if words else f"{provider} in-stream error"
    if REJECTING_WORDS & set(words):
        return ProviderRejected(_sentence(0, words), detail=detail)
    sentence = BUSY if {"overloaded_error", "rate_limit_error"} & set(words) else ""
    return ProviderUnavailable(sentence, detail=detail)


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
            return ProviderUnavailable(detail=_detail(provider, type(cause).__name__))
    return ProviderUnavailable(detail=_detail(provider, type(error).__name__))


def garbled(provider: str, what: str) -> ProviderUnavailable:
    """Bytes that are not the provider's protocol; ``what`` never quotes them."""
    return ProviderUnavailable(detail=_detail(provider, "sent garbage:", what))


def cut_off(provider: str) -> ProviderUnavailable:
    """A stream that ended without saying so."""
    return ProviderUnavailable(detail=f"{provider} ended the stream without a finish")


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


def _sentence(status: int, words: list[str]) -> str:
    found = set(words)
    if status == 413 or TOO_LONG_WORDS & found:
        return TOO_LONG
    if status in (401, 402, 403) or found & {
        "authentication_error",
        "billing_error",
        "invalid_api_key",
        "permission_error",
    }:
        return CREDENTIALS
    if status == 404 or found & {"model_not_found", "not_found_error"}:
        return UNKNOWN_MODEL
    return ""


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
    # Not a number and infinity fail the first comparison.
    return max(seconds, 0.0) if seconds < RETRY_AFTER_MAX_SECONDS else None


def _detail(*parts: object) -> str:
    return " ".join(str(part) for part in parts)[:DETAIL_MAX_CHARS]


def _plain(word: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "", word)[:WORD_MAX_CHARS]

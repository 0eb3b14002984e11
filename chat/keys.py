"""API keys: made, found by their secret, revoked.

A secret has 256 random bits, so that nobody can try them all, however fast the hash is: a slow one
protects passwords, which people choose, and would cost every request what it costs an attacker.
Only its SHA-256 is kept. It is found by that hash, in an index: how long a look-up takes tells at
most something of a hash, and from a hash there is no way back to a secret.
"""

import hashlib
import logging
import secrets
import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chat.models import ApiKey, User

# Recognised by tools that look for secrets where they do not belong.
MARK = "rvl_"
SECRET_BYTES = 32
SHOWN_CHARS = len(MARK) + 6
# What is longer is no key: nobody makes us hash a megabyte.
SECRET_MAX_CHARS = 128
# Revoked and expired ones do not count.
KEYS_PER_PERSON = 50
# So often is it noted that a key was used.
USE_NOTED_SECONDS = 60

logger = logging.getLogger("rivulet.keys")


class TooManyKeys(Exception):
    """The person has as many keys as one may have."""


class AlreadyMade(Exception):
    """There is a key with this id."""


def make(key: ApiKey) -> str:
    """Save this new key; gives its secret, which nobody can find out again.

    Raises TooManyKeys, AlreadyMade.
    """
    secret = MARK + secrets.token_urlsafe(SECRET_BYTES)
    key.prefix, key.hash = secret[:SHOWN_CHARS], hashed(secret)
    with transaction.atomic():
        # Two forms sent at once are counted one after the other.
        User.objects.select_for_update(no_key=True).get(id=key.owner_id)
        if ApiKey.objects.filter(id=key.id).exists():
            raise AlreadyMade
        if is_full(key.owner_id):
            raise TooManyKeys
        key.save(force_insert=True)
    return secret


def is_full(owner_id: uuid.UUID) -> bool:
    """Whether this person has as many keys as one may have."""
    return in_use(ApiKey.objects.filter(owner=owner_id)).count() >= KEYS_PER_PERSON


def hashed(secret: str) -> str:
    """What is kept of a secret: its SHA-256, in hexadecimal."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def in_use(keys: QuerySet[ApiKey]) -> QuerySet[ApiKey]:
    """Those of these that are neither revoked nor expired."""
    now = timezone.now()
    return keys.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def find(secret: str) -> ApiKey | None:
    """The key with this secret, its owner with it; notes its use.

    None whether it is unknown, revoked or expired, or its owner may not sign in.
    """
    if len(secret) > SECRET_MAX_CHARS:
        return None
    wanted = hashed(secret)
    key = ApiKey.objects.select_related("owner").filter(hash=wanted).first()
    if key is None or not secrets.compare_digest(key.hash, wanted) or not key.is_valid:
        return None
    _note_use(key)
    return key


def _note_use(key: ApiKey) -> None:
    now = timezone.now()
    before = now - timedelta(seconds=USE_NOTED_SECONDS)
    if key.last_used_at is not None and key.last_used_at > before:
        return
    unnoted = ApiKey.objects.filter(Q(last_used_at=None) | Q(last_used_at__lte=before), id=key.id)
    try:
        unnoted.update(last_used_at=now)
    except DatabaseError as error:
        # A database that only reads at the moment still knows who may come in.
        logger.warning("the use of a key was not noted: %s", type(error).__name__)


def still_valid(key_ids: Iterable[uuid.UUID]) -> set[uuid.UUID]:
    """Those keys that still open something, in one query: a stream outlives a revocation."""
    asked = ApiKey.objects.filter(id__in=set(key_ids), owner__is_active=True)
    return set(in_use(asked).values_list("id", flat=True))


def revoke(keys: QuerySet[ApiKey]) -> int:
    """End these keys, at once and for good; gives how many were not ended before."""
    return keys.filter(revoked_at=None).update(revoked_at=timezone.now())

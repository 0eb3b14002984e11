"""How often one address, and for one account, somebody tried to sign in or up."""

import hashlib
import logging

from django.conf import settings
from django.http import HttpRequest
from redis.exceptions import RedisError

from streaming import redis as keys
from streaming.addresses import address_of
from streaming.intake import limits
from streaming.intake.limits import HOUR_SECONDS, Bucket

# From everywhere, for one account: more than for an address, so that one address alone cannot
# keep somebody from signing in.
ACCOUNT_TIMES = 3

logger = logging.getLogger("rivulet.limits")


def count(what: str, request: HttpRequest, name: str) -> float:
    """Count one try; gives the seconds to wait. Where Redis is away everybody may try."""
    address = address_of(request)
    buckets = []
    if what == "sign-up" and address:
        key = keys.rate_key("sign-up", f"at-{address}")
        buckets.append(Bucket(key, settings.CHAT_SIGN_UPS_PER_ADDRESS, HOUR_SECONDS))
    if what == "sign-in":
        most = settings.CHAT_SIGN_INS_PER_ADDRESS
        if address:
            buckets.append(Bucket(keys.rate_key("sign-in", f"at-{address}"), most))
        # Redis is not to know names.
        account = hashlib.sha256(name.casefold().encode()).hexdigest()[:32]
        buckets.append(Bucket(keys.rate_key("sign-in", account), most * ACCOUNT_TIMES))
    if not buckets:
        return 0.0
    names, numbers = limits.call(buckets)
    try:
        wait = keys.sync_client().eval(limits.SOURCE, len(names), *names, *map(str, numbers))
    except RedisError as error:
        logger.warning("tries to sign in are not counted: %s", type(error).__name__)
        return 0.0
    return int(str(wait)) / 1000

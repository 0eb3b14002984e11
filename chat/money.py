"""Amounts as staff read them: short, and exact on demand."""

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString

CENTS = 2
# What a small amount keeps: 0.00012345 is read as 0.00012.
DIGITS = 2
DECIMALS_MAX = 8


def exact(usd: Decimal) -> str:
    """All its digits, as programs write them; no zeros behind the last."""
    return f"{usd.normalize():f}"


def rounded(usd: Decimal) -> str:
    """To the cent, or to two digits where it is less, in the language that is active."""
    if not usd:
        return "0"
    decimals = min(max(CENTS, DIGITS - 1 - usd.adjusted()), DECIMALS_MAX)
    amount = usd.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return number_format(amount, decimal_pos=decimals, force_grouping=True)


def readable(usd: Decimal | None) -> SafeString | str:
    """Rounded, with all its digits under the pointer; a dash where the price is not known."""
    if usd is None:
        return "–"
    return format_html('<data value="{0}" title="{0}">{1}</data>', exact(usd), rounded(usd))

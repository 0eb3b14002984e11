"""Amounts as staff read them."""

from decimal import Decimal

import pytest
from django.utils import translation

from chat.money import exact, readable, rounded


@pytest.mark.parametrize(
    ("usd", "shown"),
    [
        ("0.00000000", "0"),
        ("0.00000001", "0.00000001"),
        ("0.00012345", "0.00012"),
        ("0.00099999", "0.00100"),
        ("0.00318", "0.0032"),
        ("0.1", "0.10"),
        ("12.345", "12.35"),
        ("1234.5", "1,234.50"),
    ],
)
def test_an_amount_is_as_long_as_it_has_to_be(usd: str, shown: str) -> None:
    assert rounded(Decimal(usd)) == shown


def test_all_digits_are_there_on_demand() -> None:
    assert exact(Decimal("100.00318000")) == "100.00318"
    assert readable(Decimal("12.34567")) == '<data value="12.34567" title="12.34567">12.35</data>'
    assert readable(None) == "–"


def test_an_amount_is_written_as_its_reader_writes_it() -> None:
    with translation.override("de"):
        assert (
            readable(Decimal("1234.567"))
            == '<data value="1234.567" title="1234.567">1.234,57</data>'
        )

"""The figures as a table, each next to what is aimed at."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One figure; ``most`` or ``least`` is the aim."""

    what: str
    value: float
    unit: str
    most: float | None = None
    least: float | None = None
    note: str = ""

    @property
    def verdict(self) -> str:
        if self.most is None and self.least is None:
            return ""
        too_much = self.most is not None and self.value >= self.most
        too_little = self.least is not None and self.value < self.least
        return "MISSED" if too_much or too_little else "ok"

    @property
    def aim(self) -> str:
        if self.most is not None:
            return f"< {self.most:,g}"
        return f">= {self.least:,g}" if self.least is not None else ""


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    if not ordered:
        return float("nan")
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def table(rows: Sequence[Row]) -> str:
    """Plain text, one line per figure."""
    cells = [("", "", "", "aim", "", "")]
    cells += [
        (row.what, f"{row.value:,.{_digits(row.value)}f}", row.unit, row.aim, row.verdict, row.note)
        for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(6)]
    return "\n".join(_line(line, widths) for line in cells)


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    what, value, unit, aim, verdict, note = cells
    parts = [
        what.ljust(widths[0]),
        value.rjust(widths[1]),
        unit.ljust(widths[2]),
        aim.rjust(widths[3]),
        verdict.ljust(widths[4]),
        note,
    ]
    return "  ".join(parts).rstrip()


def _digits(value: float) -> int:
    return 1 if abs(value) < 100 else 0

"""Figures and their verdicts, as one table and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

HEADINGS = ("benchmark", "figure", "ours", "against", "", "ratio", "bound", "ok", "marks")
LEFT = (0, 1, 4, 8)


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value. Its verdict is the ratio to `against` where there is one, else the value itself.

    `against_what` names what it is held against: the peer, or our own value in quiet. Without `at_most` and `at_least` it is
    shown only. Where it fails and is a `must`, the program fails.
    """

    benchmark: str
    name: str
    unit: str
    ours: float
    against: float | None = None
    against_what: str = ""
    at_most: float | None = None
    at_least: float | None = None
    must: bool = False
    marks: tuple[str, ...] = ()

    @property
    def ratio(self) -> float | None:
        if self.against is None or self.against == 0:
            return None
        return self.ours / self.against

    @property
    def ok(self) -> bool | None:
        """None where nothing is judged: there is no bound, or nobody to compare with."""
        value = self.ratio if self.against_what else self.ours
        if value is None or (self.at_most is None and self.at_least is None):
            return None
        return (self.at_most is None or value <= self.at_most) and (self.at_least is None or value >= self.at_least)

    def cells(self) -> tuple[str, ...]:
        bounds = [f"≤ {_short(self.at_most)}"] if self.at_most is not None else []
        bounds += [f"≥ {_short(self.at_least)}"] if self.at_least is not None else []
        return (
            self.benchmark,
            self.name,
            f"{_short(self.ours)} {self.unit}".rstrip(),
            "" if self.against is None else _short(self.against),
            self.against_what if self.against is not None else "",
            "" if self.ratio is None else f"{self.ratio:.2f}",
            " ".join(bounds),
            {True: "yes", False: "NO", None: ""}[self.ok],
            ", ".join(self.marks),
        )

    def facts(self) -> dict[str, Any]:
        return asdict(self) | {"ratio": self.ratio, "ok": self.ok}


def table(figures: Sequence[Figure]) -> str:
    rows = [HEADINGS, *(figure.cells() for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = (
            cell.ljust(width) if at in LEFT else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def _short(value: float | None) -> str:
    """Three significant digits, or all of a large number's whole ones."""
    if value is None:
        return ""
    if abs(value) >= 100 or value == int(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"

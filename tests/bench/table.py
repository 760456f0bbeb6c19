"""The figures of a bench, printed as they come, and kept for its line of JSON."""

from typing import Any

Row = dict[str, Any]


class Table:
    """The figures, printed as they come."""

    def __init__(self) -> None:
        self.figures: list[Row] = []
        self._above: list[tuple[int, str]] = []  # the rows that this one stands under, with their indents

    def note(self, what: str, value: float, unit: str = "", **bar: float) -> None:
        """Print a row, and keep it under the names of the rows that it is indented below."""
        met = value >= bar.get("at_least", value) and value <= bar.get("at_most", value)
        self.figures.append(
            {
                "what": self._named(what),
                "value": round(value, 4),
                "unit": unit,
                **bar,
                **({"met": met} if bar else {}),
            }
        )
        said = " ".join(f"{key.replace('_', ' ')} {bound}" for key, bound in bar.items())
        print(
            f"{what:66} {value:8.4f} {unit:6} {said:16} {('met' if met else 'NOT met') if bar else ''}",
            flush=True,
        )

    def _named(self, what: str) -> str:
        indent = len(what) - len(what.lstrip())
        self._above = [row for row in self._above if row[0] < indent]
        self._above.append((indent, what.strip()))
        return " / ".join(name for _, name in self._above)

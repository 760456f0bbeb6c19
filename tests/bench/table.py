"""The figures of a bench, printed as they come, and kept for its line of JSON."""

from typing import Any

Row = dict[str, Any]


class Table:
    """The figures, printed as they come."""

    def __init__(self) -> None:
        self.figures: list[Row] = []

    def note(self, what: str, value: float, unit: str = "", **bar: float) -> None:
        met = value >= bar.get("at_least", value) and value <= bar.get("at_most", value)
        self.figures.append(
            {
                "what": what.strip(),
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

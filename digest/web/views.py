"""What a template sees: the fields of the small dataclasses that a page gives it, each name once."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def variables(views: "Sequence[DataclassInstance]", values: Mapping[str, object]) -> dict[str, object]:
    """Return the fields of *views* and *values* by name; raise TypeError where two of them have the same name."""
    pairs = [(each.name, getattr(view, each.name)) for view in views for each in dataclasses.fields(view)]
    named = dict([*pairs, *values.items()])
    if len(named) < len(pairs) + len(values):
        raise TypeError(f"two of {', '.join(type(view).__name__ for view in views)} give the same name")
    return named

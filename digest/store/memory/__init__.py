"""What a newsroom keeps: the record that is learnt from, versions of what was learnt, and what is switched off."""

from digest.store.memory.kept import (
    Row,
    Version,
    forget,
    keep,
    latest,
    off,
    record,
    recorded_days,
    store,
    switch,
)

__all__ = [
    "Row",
    "Version",
    "forget",
    "keep",
    "latest",
    "off",
    "record",
    "recorded_days",
    "store",
    "switch",
]

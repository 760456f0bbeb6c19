"""Dutch: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "hoe",
        "waarom",
        "wat",
        "wie",
        "waar",
        "wanneer",
        "welke",
        "welk",
        "moet",
        "kan",
        "mag",
        "is",
        "zijn",
    }
)
HOLDS = frozenset(
    {
        "video",
        "in beeld",
        "kijk",
        "luister",
        "quiz",
        "podcast",
        "dit weten we",
    }
)
OPINION = frozenset(
    {
        "opinie",
        "commentaar",
        "column",
        "columns",
        "ingezonden",
        "hoofdredactioneel",
    }
)

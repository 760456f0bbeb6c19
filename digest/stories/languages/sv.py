"""Swedish: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "hur",
        "varfor",
        "vad",
        "vem",
        "vilka",
        "var",
        "nar",
        "vilken",
        "vilket",
        "ska",
        "bor",
        "ar",
        "kan",
    }
)
HOLDS = frozenset(
    {
        "video",
        "se bilderna",
        "i bilder",
        "quiz",
        "podd",
        "lyssna",
        "har ar allt",
        "det har vet vi",
    }
)
OPINION = frozenset(
    {
        "ledare",
        "debatt",
        "kronika",
        "kronikor",
        "kommentar",
        "insandare",
        "asikt",
        "opinion",
        "minnesord",
    }
)

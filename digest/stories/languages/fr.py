"""French: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "comment",
        "pourquoi",
        "qui",
        "quand",
        "quel",
        "quelle",
        "quels",
        "quelles",
        "faut-il",
        "est-ce",
        "peut-on",
    }
)
HOLDS = frozenset(
    {
        "en video",
        "video",
        "en images",
        "en photos",
        "quiz",
        "podcast",
        "ce que l'on sait",
        "ce qu'il faut savoir",
    }
)
OPINION = frozenset(
    {
        "opinion",
        "opinions",
        "tribune",
        "tribunes",
        "editorial",
        "editoriaux",
        "chronique",
        "chroniques",
        "debats",
        "billet",
        "necrologie",
    }
)

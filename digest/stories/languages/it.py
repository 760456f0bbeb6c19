"""Italian: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "come",
        "perche",
        "cosa",
        "chi",
        "dove",
        "quando",
        "quale",
        "quali",
    }
)
HOLDS = frozenset(
    {
        "video",
        "in foto",
        "le foto",
        "le immagini",
        "quiz",
        "podcast",
        "cosa sappiamo",
        "tutto quello che c'e da sapere",
    }
)
OPINION = frozenset(
    {
        "opinioni",
        "opinione",
        "commento",
        "commenti",
        "editoriale",
        "editoriali",
        "lettere",
        "rubrica",
    }
)

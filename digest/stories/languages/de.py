"""German: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "wie",
        "warum",
        "wieso",
        "weshalb",
        "was",
        "wer",
        "wen",
        "wem",
        "wo",
        "wohin",
        "woher",
        "wann",
        "welche",
        "welcher",
        "welches",
        "soll",
        "sollte",
        "ist",
        "sind",
        "kann",
        "darf",
        "muss",
    }
)
HOLDS = frozenset(
    {
        "video",
        "im video",
        "in bildern",
        "quiz",
        "podcast",
        "bilderstrecke",
        "erklart",
        "das ist bekannt",
        "was wir wissen",
    }
)
OPINION = frozenset(
    {
        "meinung",
        "kommentar",
        "kommentare",
        "leitartikel",
        "kolumne",
        "kolumnen",
        "essay",
        "nachruf",
        "gastbeitrag",
        "glosse",
    }
)

"""Spanish: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "como",
        "quien",
        "quienes",
        "donde",
        "cuando",
        "cual",
        "cuales",
        "debe",
        "deberia",
    }
)
HOLDS = frozenset(
    {
        "video",
        "en imagenes",
        "en fotos",
        "quiz",
        "podcast",
        "test",
        "lo que sabemos",
        "todo lo que hay que saber",
    }
)
OPINION = frozenset(
    {
        "opinion",
        "editorial",
        "editoriales",
        "columna",
        "columnas",
        "tribuna",
        "obituario",
        "cartas al director",
    }
)

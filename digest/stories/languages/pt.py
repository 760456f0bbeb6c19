"""Portuguese: words that ask, explain or comment."""

OPENS = frozenset(
    {
        "como",
        "porque",
        "quem",
        "onde",
        "quando",
        "qual",
        "quais",
        "deve",
    }
)
HOLDS = frozenset(
    {
        "video",
        "em imagens",
        "em fotos",
        "quiz",
        "podcast",
        "o que se sabe",
        "tudo o que precisa de saber",
    }
)
OPINION = frozenset(
    {
        "opiniao",
        "editorial",
        "editoriais",
        "coluna",
        "colunas",
        "cronica",
        "obituario",
    }
)

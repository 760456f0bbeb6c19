"""Spanish: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "como",
        "por que",
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
PLAIN = """
    uno dos tres cuatro cinco seis siete ocho nueve diez once doce cien ciento docena mitad vez
    veces hoy ayer mañana tarde noche fin de semana año años nuevo nueva nuevos nuevas más sus este
    esta estos estas tras ante sin sobre entre desde hasta contra pero como ser han fue está muy ya
"""

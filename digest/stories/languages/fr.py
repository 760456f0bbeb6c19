"""French: words that ask, explain or comment, and words that are no news."""

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
        "qu'est-ce",
        "quoi",
        "où",
        "peut-on",
        "doit-on",
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
PLAIN = """
    deux trois quatre cinq six sept huit neuf dix onze douze cent cents douzaine moitié fois
    aujourd’hui hier demain matin soir nuit week-end année années an ans jour jours mois heures
    nouveau nouvelle nouveaux nouvelles plus ses son sa leur leurs cette ces ce se après avant
    contre sans sous entre vers chez mais comme être été ont fait était
"""

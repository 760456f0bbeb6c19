"""German: words that ask, explain or comment, and words that are no news."""

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
PLAIN = """
    zwei drei vier fünf sechs sieben acht neun zehn elf zwölf hundert dutzend hälfte heute gestern
    morgen morgens abend abends nacht vormittag nachmittag wochenende jahren jahres tagen monaten
    wochen uhr mal neue neuer neues neuen mehr viele wird werden hat haben kann sich auch noch nur
    aber vor bis gegen ohne durch beim vom zur um so ihr sein seine ihre einen einem eines wurde
    sollen will
"""

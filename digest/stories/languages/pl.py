"""Polish: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "jak",
        "dlaczego",
        "czemu",
        "po co",
        "co",
        "kto",
        "kogo",
        "komu",
        "kim",
        "gdzie",
        "kiedy",
        "skąd",
        "dokąd",
        "ile",
        "który",
        "która",
        "które",
        "którzy",
        "jaki",
        "jaka",
        "jakie",
        "czy",
    }
)
HOLDS = frozenset(
    {
        "wideo",
        "na zdjęciach",
        "galeria zdjęć",
        "fotogaleria",
        "zobacz",
        "posłuchaj",
        "quiz",
        "podcast",
        "wyjaśniamy",
        "co wiemy",
        "co wiadomo",
        "relacja na żywo",
        "wszystko, co trzeba wiedzieć",
        "najważniejsze informacje",
    }
)
OPINION = frozenset(
    {
        "opinia",
        "opinie",
        "komentarz",
        "komentarze",
        "felieton",
        "felietony",
        "publicystyka",
        "esej",
        "list do redakcji",
        "listy do redakcji",
        "wspomnienie",
        "nekrolog",
        "redakcyjny",
    }
)
PLAIN = """
    jeden jedna jedno dwa dwie dwóch trzy trzech cztery pięć sześć siedem osiem dziewięć dziesięć
    sto kilka wiele raz razy dziś dzisiaj wczoraj jutro rano wieczorem nocy roku latach lata dniach
    tygodniu miesiącu godzinie rocznie teraz nowy nowa nowe nie się jest są było był była będzie
    oraz ale jak tak czy już tylko przez przed przy pod nad bez dla jego jej ich tym tej tego które
    który która może po do od na za ze we to
"""

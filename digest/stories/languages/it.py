"""Italian: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "come",
        "perche",
        "cosa",
        "che cosa",
        "cos'e",
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
PLAIN = """
    uno due tre quattro cinque sei sette otto nove dieci undici dodici cento dozzina metà volta
    volte oggi ieri domani mattina sera notte weekend anno anni nuovo nuova nuovi nuove più suo sua
    suoi sue questo questa questi queste dopo prima contro senza sotto tra fra verso ma come essere
    è sono ha hanno è stato sul sulla dal dalla al alla ai alle nei nelle degli delle dei una un le
    si
"""

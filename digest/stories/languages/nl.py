"""Dutch: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "hoe",
        "waarom",
        "wat",
        "wie",
        "waar",
        "wanneer",
        "welke",
        "welk",
        "moet",
        "kan",
        "mag",
        "is",
        "zijn",
    }
)
HOLDS = frozenset(
    {
        "video",
        "in beeld",
        "kijk",
        "luister",
        "quiz",
        "podcast",
        "dit weten we",
    }
)
OPINION = frozenset(
    {
        "opinie",
        "commentaar",
        "column",
        "columns",
        "ingezonden",
        "hoofdredactioneel",
    }
)
PLAIN = """
    een één twee drie vier vijf zes zeven acht negen tien elf twaalf honderd dozijn helft keer
    vandaag gisteren morgen ochtend middag avond nacht weekend jaar jaren dagen weken maanden uur
    nieuw nieuwe meer veel het de van op te voor met niet dat zijn aan er maar om hem dan zou wat
    mijn dit zo door over ze zich bij ook tot je mij uit daar haar naar heb heeft hoe had deze want
    nog zal werd wordt worden geen na tegen
"""

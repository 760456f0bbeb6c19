"""Swedish: words that ask, explain or comment, and words that are no news."""

OPENS = frozenset(
    {
        "hur",
        "varfor",
        "vad",
        "vem",
        "vilka",
        "var",
        "nar",
        "vilken",
        "vilket",
        "ska",
        "bor",
        "ar",
        "kan",
    }
)
HOLDS = frozenset(
    {
        "video",
        "se bilderna",
        "i bilder",
        "quiz",
        "podd",
        "lyssna",
        "har ar allt",
        "det har vet vi",
    }
)
OPINION = frozenset(
    {
        "ledare",
        "debatt",
        "kronika",
        "kronikor",
        "kommentar",
        "insandare",
        "asikt",
        "opinion",
        "minnesord",
    }
)
PLAIN = """
    ett två tre fyra fem sex sju åtta nio tio elva tolv hundra dussin hälften gång gånger idag i dag
    igår i går imorgon i morgon morgon kväll natt helg år året åren dag dagar vecka veckor månad
    månader ny nya nytt mer många han hon den de sig sin sitt sina efter före mot utan under över
    mellan vid men var blir ska kan kommer nu
"""

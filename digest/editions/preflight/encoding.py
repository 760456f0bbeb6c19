"""Encoding: headlines and deks hold no replacement marks and no letters of a wrong encoding."""

import re
from collections.abc import Iterator

from digest.editions.preflight import Finding, Proof

OWNER = "editor"
GOOD = "Every headline and dek is in sound letters."

# UTF-8 read as windows-1252 or latin-1 ("CafÃ©", "itâ€™s"), as a code page of DOS, or as windows-1251 and -1255.
_WRONG = re.compile(
    "[ÃÂ][\u0080-\u00bf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â[€\u0080][\u0080-\u009f™œ“”˜¦¢\u0153]|ï¿½|"
    "(?:[ÐÑ][\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]){2}"
    "|(?:×[\u0080-\u00bf‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ ]?){3}|(?:в[\u2550-\u256c\u2590-\u2593■╗╘╙°·]){2}|"
    "(?:[РС][\u0402-\u040f\u0452-\u045f°±²µ¶·»«]){2}"
)


def check(proof: Proof) -> Iterator[Finding]:
    """Give a finding for each placed article whose words came in a wrong or damaged encoding."""
    for placed in proof.edition.stories:
        article = placed.article
        for words in (placed.title, placed.dek):
            if "\ufffd" in words:
                what = f"“{words[:70]}” has a letter that its source damaged (\ufffd)."
                yield Finding("warn", what, "Write it anew, or take the story out.", article=article.id)
            elif _WRONG.search(words):
                what = f"“{words[:70]}” came in a wrong encoding."
                do = "Write it anew, and set `encoding` of its source in the configuration."
                yield Finding("warn", what, do, article=article.id)

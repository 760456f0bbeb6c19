"""The contract of a preflight check: it is pure, says what it is about and who mends it, and breaks on nothing."""

import inspect
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from digest.contracts import Broken, attempt, shown
from digest.editions.preflight import ORDER, Facts, Finding, Proof
from digest.extensions import Plugin
from digest.look import sample
from digest.messages.render import rendered

LANGUAGES = ("en", "he", "ar")
BROKEN_HTML = (
    "<p>",
    "<html></html>",
    "<style>@media {",
    "<a href='http://['>x</a>",
    "<p style=';;:'>x</p>\x0b",
)


def broken(name: str, check: Plugin) -> Iterator[Broken]:
    """Yield what the check *check*, whose name is *name*, does not keep."""
    if not check.__doc__:
        yield Broken("must begin with a docstring that says what it looks at")
    if check.OWNER not in {"editor", "admin"}:
        yield Broken(
            f'OWNER must be "editor" or "admin", who mends what it finds (it is {shown(check.OWNER)})'
        )
    if not (isinstance(check.GOOD, str) and check.GOOD.endswith(".")):
        yield Broken(f"GOOD must be a sentence, said where it finds nothing (it is {shown(check.GOOD)})")
    if list(inspect.signature(check.check).parameters) != ["proof"]:
        yield Broken("check must have one parameter: proof")
        return
    needs = getattr(check, "NEEDS", None)
    if needs is not None and needs not in Facts.__dataclass_fields__:
        there = ", ".join(Facts.__dataclass_fields__)
        yield Broken(f"NEEDS must be a fact that there is: {there} (it is {shown(needs)})")
    for language in LANGUAGES:
        yield from _good(check, language)
    for html in BROKEN_HTML:
        one = proof()
        odd = replace(one, rendered=replace(one.rendered, html=html))
        yield from _found(check, odd, f"for a mail whose HTML is {html!r}")[1]


def _good(check: Plugin, language: str) -> Iterator[Broken]:
    """Yield what is wrong with its answer to a good edition; that it finds something there may be meant so."""
    of = f"for the sample edition in {language!r}"
    found, faults = _found(check, proof(language), of)
    yield from faults
    if faults:
        return
    again, faults = _found(check, proof(language), of)
    yield from faults
    if again != found:
        yield Broken(f"must answer the same when asked again {of}")
    for one in found:
        if one.level != "ok":
            yield Broken(f"finds fault {of}: {one}", note=True)


def _found(check: Plugin, one: Proof, of: str) -> tuple[list[Finding], tuple[Broken, ...]]:
    found, faults = attempt(of, lambda: list(check.check(one)))
    if faults or found is None:
        return [], faults
    odd = [each for each in found if not isinstance(each, Finding) or each.level not in ORDER]
    if odd:
        what = f"must yield Findings of the level stop, warn or ok {of} (it yields {shown(odd[0])})"
        return [], (Broken(what),)
    return found, ()


@cache
def proof(language: str = "en") -> Proof:
    """Return the sample edition in *language*, rendered, about which nothing else is known."""
    newsletter = sample.newsletter(language)
    one, printed = rendered(sample.edition(language), newsletter, sample.SITE, nonce=sample.NONCE)
    return Proof(printed, one, newsletter)

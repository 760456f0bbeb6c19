"""The newsletters: templates, texts and signatures, tried with an edition made of nothing; and what they lack."""

from collections.abc import Iterator

from digest.app import App
from digest.articles.public_feeds import proposed
from digest.config.schema import Newsletter
from digest.editions import subject
from digest.editions.sample import sample
from digest.errors import DigestError, TemplateError
from digest.look.words import no_file
from digest.messages import render
from digest.messages.dates import locale_of
from digest.messages.templates import library
from digest.ops.findings import Finding
from digest.signing import signer
from digest.stories.memory import NEEDED
from digest.stories.rank import GONE
from subscribers import api as subscribers

PLACE = 3


def examine(app: App, offline: bool) -> Iterator[Finding]:
    """Yield, for each newsletter, whether its mail can be made, what it lacks, and who signs it."""
    for name, newsletter in app.config.newsletters.items():
        yield _look_of(app, newsletter)
        yield from _words_of(app, newsletter)
        for words in _lacks(app, newsletter):
            yield Finding(f"newsletter {name}", True, words, note=True)
        yield _signature(app, newsletter)


def _look_of(app: App, newsletter: Newsletter) -> Finding:
    what = f"newsletter {newsletter.name}"
    edition = sample(newsletter, app.now())
    try:
        render.rendered(edition, newsletter, app.config.site, nonce="0123456789abcdef")
    except DigestError as problem:
        return Finding(what, False, str(problem))
    alone = list(edition.sections[0].stories)
    for made in (subject.subject, subject.preheader):
        try:
            made(newsletter, alone, edition.date)
        except DigestError as problem:
            return Finding(what, False, f"fails on a day with a single story: {problem}")
    return Finding(what, True, f"template {newsletter.look.template} and its texts compile")


def _lacks(app: App, newsletter: Newsletter) -> Iterator[str]:
    """Yield what is missing and will be missed, by readers, by editors or by the law."""
    if not newsletter.sender.postal.strip():
        yield "has no postal address, which many countries require: set sender.postal"
    if not newsletter.why.strip():
        yield "does not say in its own words why the reader gets it: set why"
    if not newsletter.witnesses:
        yield _deaf(newsletter)
    if not newsletter.schedule.days:
        yield "comes out on no day: schedule.days is empty"
    people = newsletter.editors or app.config.alarms.mail or app.config.alarms.webhook
    if not people:
        yield "nobody hears of a draft that is held, or of a failure: set editors, or alarms.mail"
    yield from _weights(newsletter)


def _deaf(newsletter: Newsletter) -> str:
    """Return what a newsletter goes by that hears no other outlet, and what would make its order better."""
    feeds = [f'[sources.{feed.name}] url = "{feed.url}"' for feed in proposed(newsletter.language)]
    named = f"; public feeds in its language: {', '.join(feeds)}" if feeds else ""
    return (
        "has no witnesses, so the ranking goes by words that rise in its own feed: set witnesses, or bring in "
        f"{NEEDED} days of your own counts (digest memory import){named}"
    )


def _weights(newsletter: Newsletter) -> Iterator[str]:
    """Yield which weights do nothing any more, or mean something else than they did."""
    weights = newsletter.ranking.weights
    for name in sorted(set(weights) & set(GONE)):
        yield f"ranking.weights names {name}, which was given up: {GONE[name]}; take it out"
    if 0.0 < weights.get("echo", 1.0) < 1.0:
        yield (
            f"ranking.weights.echo is {weights['echo']:g}: points are logarithms by now, and 1 is what it weighs; "
            "take it out, or keep it to hear less of what others write"
        )


def _words_of(app: App, newsletter: Newsletter) -> Iterator[Finding]:
    """Yield what the mail and the readers' pages cannot say or write in the newsletter's language."""
    what, language = f"newsletter {newsletter.name}", newsletter.language
    try:
        spoken = library(app.config.site.templates, newsletter.name).own_words(language)
    except TemplateError as problem:
        yield Finding(what, False, str(problem))
        return
    if not spoken:
        yield Finding(what, False, no_file(language))
    elif locale_of(language) is None:
        words = f"its language {language!r} is none that we know: dates are written in English"
        yield Finding(what, True, words, note=True)
    if not subscribers.speaks(language):
        words = f"readers' pages and mails are in English: they have no {language!r}"
        yield Finding(what, True, words, note=True)


def _signature(app: App, newsletter: Newsletter) -> Finding:
    what = f"signature of {newsletter.name}"
    try:
        seals = signer(app.config.relays, newsletter)
    except DigestError as problem:
        return Finding(what, False, str(problem))
    if seals is None:
        return Finding(what, True, "the relay's")
    return Finding(what, True, "; ".join(f"ours, {key.algorithm} by {key.name}" for key in seals.keys))

"""Public news feeds by language, that a newsroom may take as witnesses: a proposal, never read unless it is taken.

Addresses are the publishers' own and may change; `digest collect` says at once where one does not answer.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PublicFeed:
    """An outlet's feed of the day's news, under the *name* that it would have in the configuration."""

    name: str
    url: str


FEEDS: dict[str, tuple[PublicFeed, ...]] = {
    "ar": (
        PublicFeed("bbc-arabic", "https://feeds.bbci.co.uk/arabic/rss.xml"),
        PublicFeed("france24-ar", "https://www.france24.com/ar/rss"),
        PublicFeed("dw-ar", "https://rss.dw.com/rdf/rss-ar-all"),
    ),
    "de": (
        PublicFeed("tagesschau", "https://www.tagesschau.de/index~rss2.xml"),
        PublicFeed("spiegel", "https://www.spiegel.de/schlagzeilen/index.rss"),
        PublicFeed("zeit", "https://newsfeed.zeit.de/index"),
        PublicFeed("faz", "https://www.faz.net/rss/aktuell/"),
    ),
    "en": (
        PublicFeed("bbc", "https://feeds.bbci.co.uk/news/rss.xml"),
        PublicFeed("guardian", "https://www.theguardian.com/world/rss"),
        PublicFeed("npr", "https://feeds.npr.org/1001/rss.xml"),
        PublicFeed("aljazeera", "https://www.aljazeera.com/xml/rss/all.xml"),
        PublicFeed("dw", "https://rss.dw.com/rdf/rss-en-all"),
    ),
    "es": (
        PublicFeed("elpais", "https://feeds.elpais.com/mrss-s/pages/ep/site/elpais.com/portada"),
        PublicFeed("bbc-mundo", "https://feeds.bbci.co.uk/mundo/rss.xml"),
        PublicFeed("france24-es", "https://www.france24.com/es/rss"),
    ),
    "fr": (
        PublicFeed("lemonde", "https://www.lemonde.fr/rss/une.xml"),
        PublicFeed("franceinfo", "https://www.francetvinfo.fr/titres.rss"),
        PublicFeed("france24-fr", "https://www.france24.com/fr/rss"),
    ),
    "he": (
        PublicFeed("ynet", "https://www.ynet.co.il/Integration/StoryRss2.xml"),
        PublicFeed("walla", "https://rss.walla.co.il/feed/1"),
    ),
    "it": (
        PublicFeed("ansa", "https://www.ansa.it/sito/ansait_rss.xml"),
        PublicFeed("repubblica", "https://www.repubblica.it/rss/homepage/rss2.0.xml"),
    ),
    "nl": (
        PublicFeed("nos", "https://feeds.nos.nl/nosnieuwsalgemeen"),
        PublicFeed("nu", "https://www.nu.nl/rss/Algemeen"),
    ),
    "pt": (
        PublicFeed("g1", "https://g1.globo.com/rss/g1/"),
        PublicFeed("bbc-brasil", "https://feeds.bbci.co.uk/portuguese/rss.xml"),
        PublicFeed("dw-pt", "https://rss.dw.com/rdf/rss-br-all"),
    ),
    "sv": (
        PublicFeed("svt", "https://www.svt.se/rss.xml"),
        PublicFeed("dn", "https://www.dn.se/rss/"),
        PublicFeed("aftonbladet", "https://rss.aftonbladet.se/rss2/small/pages/sections/senastenytt/"),
        PublicFeed("expressen", "https://feeds.expressen.se/nyheter/"),
    ),
}


def proposed(language: str) -> tuple[PublicFeed, ...]:
    """Return the feeds in *language* ("en", "en-GB"); none where we know of none."""
    return FEEDS.get(language.partition("-")[0].lower(), ())

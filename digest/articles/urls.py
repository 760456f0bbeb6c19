"""Addresses: made absolute, freed of trackers, and reduced to the key under which an article is one."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

from digest.articles.text import whole

# Query parameters that say where a reader came from and never what is shown.
_TRACKERS = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid
    mkt_tok s_cid s_kwcid cmpid cmp ocid ncid icid ito smid smtyp smprod partner xtor _hsenc _hsmi echobox
    hsctatracking oly_anon_id oly_enc_id vero_id vero_conv wickedid rb_clickid trk trkcampaign sr_share
    guccounter guce_referrer guce_referrer_sig __twitter_impression ns_mchannel ns_source ns_campaign mbid
    ns_linkname ns_fee feedtype feedname rss_id campaign_id taid soc_src soc_trk ftag dgcid linkid
    spm""".split()  # noqa: SIM905 - a list of sixty lines says no more
)
_TRACKER_HEADS = ("utm_", "at_", "pk_", "mtm_", "piwik_", "matomo_", "hsa_", "_openstat", "fb_", "stm_")
_REFERRERS = frozenset({"ref", "source", "src", "from", "feed", "via", "referrer", "origin"})
_FEEDISH = re.compile(r"rss\w*|atom|feeds?|feedburner|newsfeed|xml|syndication", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=-._~%"
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000


def absolute(url: str, base: str = "") -> str:
    """Return *url* absolute against *base* and fit for a link; "" when it is no http(s) address."""
    url = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", url).strip().replace(" ", "%20")
    if re.fullmatch(r"https?:/*", url, re.IGNORECASE):
        return ""
    try:
        joined = urljoin(whole(base), url)
        parts = urlsplit(joined)
        port = parts.port
    except ValueError:
        return ""
    host = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in _PORTS or not host or len(joined) > _LONGEST:
        return ""
    place = _host(host)
    if not place:
        return ""
    if port and port != _PORTS[parts.scheme.lower()]:
        place = f"{place}:{port}"
    path = quote(parts.path or "/", safe=_SAFE)
    query = quote(parts.query, safe=_SAFE + "?")
    return urlunsplit((parts.scheme.lower(), place, path, query, quote(parts.fragment, safe=_SAFE + "?")))


def canonical(url: str, base: str = "") -> str:
    """Return *url* as an article's address: absolute, without trackers and fragment; "" when it is none."""
    found = absolute(url, base)
    if not found:
        return ""
    parts = urlsplit(found)
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _tracks(pair))
    fragment = (
        parts.fragment if parts.fragment.startswith("!") else ""
    )  # "#!" names a page, "#x" a place in it
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, fragment))


def key(canonical_url: str) -> str:
    """Return the SHA-256 under which addresses that differ only in form are one."""
    parts = urlsplit(canonical_url)
    query = "&".join(
        f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True))
    )
    path = unquote(parts.path).rstrip("/")
    return digest(f"{parts.netloc}{path}?{query}#{parts.fragment}")


def digest(text: str) -> str:
    """Return the SHA-256 of *text* in hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _tracks(pair: str) -> bool:
    name, _, value = pair.partition("=")
    name = unquote(name).lower()
    if name in _TRACKERS or name.startswith(_TRACKER_HEADS):
        return True
    return name in _REFERRERS and bool(_FEEDISH.fullmatch(unquote(value)))


def _host(host: str) -> str:
    """Return *host* in its ASCII form, "" when it has none."""
    if ":" in host:
        return f"[{host}]"
    try:
        return host.encode("idna").decode("ascii").lower() if not host.isascii() else host.lower()
    except UnicodeError:
        return ""

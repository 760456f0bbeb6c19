"""Addresses: made absolute, freed of trackers, and reduced to the key under which an article is one."""

import hashlib
import re
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

import idna

from digest.articles.text import whole

# Query parameters that say where a reader came from and never what is shown, each by its full name: "at_news" may be
# an article's id, though "at_medium" is a tracker.
_TRACKERS = frozenset(
    """fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid twclid ttclid igshid igsh li_fat_id mc_cid mc_eid
    mkt_tok s_cid s_kwcid cmpid cmp ocid ncid icid ito smid smtyp smprod partner xtor _hsenc _hsmi echobox
    hsctatracking oly_anon_id oly_enc_id vero_id vero_conv wickedid rb_clickid trk trkcampaign sr_share
    guccounter guce_referrer guce_referrer_sig __twitter_impression ns_mchannel ns_source ns_campaign mbid
    ns_linkname ns_fee feedtype feedname campaign_id taid soc_src soc_trk ftag dgcid spm _openstat srsltid
    at_medium at_campaign at_campaign_type at_link_id at_link_origin at_link_type at_format at_ptr_name
    at_bbc_team at_custom1 at_custom2 at_custom3 at_custom4 at_creation at_variant at_emailtype at_recipient_id
    at_recipient_list at_platform at_term at_network at_content at_send_date at_identifier
    pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid pk_vid
    mtm_campaign mtm_kwd mtm_keyword mtm_source mtm_medium mtm_content mtm_cid mtm_group mtm_placement
    piwik_campaign piwik_kwd piwik_keyword matomo_campaign matomo_kwd matomo_keyword
    hsa_acc hsa_cam hsa_grp hsa_ad hsa_src hsa_tgt hsa_kw hsa_mt hsa_net hsa_ver hsa_la hsa_ol
    fb_action_ids fb_action_types fb_source fb_ref fb_xd_fragment
    stm_source stm_medium stm_campaign stm_content stm_term
    phpsessid jsessionid aspsessionid""".split()  # noqa: SIM905 - a list of sixty lines says no more
)
_TRACKER_HEADS = ("utm_",)  # a name space of its own
_REFERRERS = frozenset({"ref", "source", "src", "from", "feed", "via", "referrer", "origin"})
_FEEDISH = re.compile(r"rss\w*|atom|feeds?|feedburner|newsfeed|xml|syndication", re.IGNORECASE)
_SAFE = "/:@!$&'()*+,;=-._~%"
_PORTS = {"http": 80, "https": 443}
_LONGEST = 2000
_SESSION = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/?#;]*", re.IGNORECASE)
_FILES = frozenset(
    [
        "html",
        "htm",
        "php",
        "asp",
        "aspx",
        "jsp",
        "jspx",
        "cfm",
        "xml",
        "shtml",
        "xhtml",
        "pdf",
        "jpg",
        "jpeg",
        "png",
        "gif",
        "webp",
        "do",
        "cgi",
        "rss",
        "txt",
        "json",
    ]
)
_HOST_FIRST = re.compile(r"((?:[a-z0-9-]+\.)+[a-z]{2,24})(?::\d{1,5})?(/|$)", re.IGNORECASE)
_TWIN_HOST = re.compile(r"^(?:www\d?|m|mobile|mobil|amp|wap)\.(?=[^.]+\.)")
_TWIN_QUERY = re.compile(r"(?:amp(?:=1|=true|=)?|outputtype=amp|output=amp)", re.IGNORECASE)


def spelled_out(url: str, base: str = "") -> str:
    """Return *url* with the scheme that it lacks or has doubled: "www.x.example/a", "https//x", "http:/x".

    A first part such as "news.example" is a host where it begins with "www.", or where the address goes on after it
    and *base* is of the same domain, or no file is called so.
    """
    url = url.strip()
    url = re.sub(r"^(https?)(?::/*|//+)(?=(?:https?:/|[^/]))", r"\1://", url, flags=re.IGNORECASE)
    url = re.sub(r"^https?://(?=https?:/)", "", url, flags=re.IGNORECASE)
    found = _HOST_FIRST.match(url)
    if not found or "://" in url[:12]:
        return url
    name = found[1].lower()
    kin = host(base).removeprefix("www.")
    own = bool(kin) and (name == kin or name.endswith(f".{kin}") or kin.endswith(f".{name}"))
    if name.startswith("www.") or own or (found[2] == "/" and name.rpartition(".")[2] not in _FILES):
        return f"{'http' if base.startswith('http:') and own else 'https'}://{url}"
    return url


def host(url: str) -> str:
    """Return the host that *url* names, "" where it names none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


def absolute(url: str, base: str = "") -> str:
    """Return *url* absolute against *base* and fit for a link; "" when it is no http(s) address.

    An ampersand that was escaped once too often is one: no address holds "&amp;".
    """
    url = re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "", url).strip().replace(" ", "%20")
    url = re.sub(r"&(?:amp|#0*38|#x0*26);(?:amp;)*", "&", url, flags=re.IGNORECASE)
    if re.fullmatch(r"https?:/*", url, re.IGNORECASE):
        return ""
    try:
        joined = urljoin(whole(base), url)
        parts = urlsplit(joined)
        port = parts.port
    except ValueError:
        return ""
    named = (parts.hostname or "").rstrip(".")
    if parts.scheme.lower() not in _PORTS or not named or len(joined) > _LONGEST:
        return ""
    place = _host(named)
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
    path = _SESSION.sub("", parts.path)
    fragment = (
        parts.fragment if parts.fragment.startswith("!") else ""
    )  # "#!" names a page, "#x" a place in it
    return urlunsplit((parts.scheme, parts.netloc, path, query, fragment))


def behind(url: str) -> str:
    """Return where a link of Google's that counts clicks leads to; any other *url* as it is."""
    parts = urlsplit(url)
    if not re.fullmatch(r"(?:www|news)\.google\.[a-z.]{2,6}", parts.netloc) or parts.path not in {
        "/url",
        "/news/url",
    }:
        return url
    asked = dict(parse_qsl(parts.query))
    return absolute(asked.get("url") or asked.get("q") or "") or url


def key(canonical_url: str) -> str:
    """Return the SHA-256 under which addresses that differ only in form are one, those of twin pages among them."""
    parts = urlsplit(canonical_url)
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(
        f"{name}={value}" for name, value in pairs if not _TWIN_QUERY.fullmatch(f"{name}={value}")
    )
    path = unquote(_twin_path(parts.path)).rstrip("/")
    return digest(f"{_TWIN_HOST.sub('', parts.netloc)}{path}?{query}#{parts.fragment}")


def twin(canonical_url: str) -> bool:
    """Return whether an address is that of a page for telephones or an AMP page, made beside another one."""
    parts = urlsplit(canonical_url)
    pairs = parts.query.split("&")
    other = _TWIN_HOST.match(parts.netloc)
    return (
        bool(other and not other[0].startswith("www"))
        or _twin_path(parts.path) != parts.path
        or any(_TWIN_QUERY.fullmatch(pair) for pair in pairs)
    )


def _twin_path(path: str) -> str:
    """Return *path* without the part that says AMP: "/amp/news/a", "/news/a/amp", "/news/a.amp.html"."""
    path = re.sub(r"\.amp(?=\.html?$|$)", "", path)
    found = re.sub(r"^/amp(?=/.)|(?<=.)/amp/?$", "", path)
    return found if found not in {"", "/"} else path


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
    """Return *host* in its ASCII form (IDNA 2008, RFC 5891), "" when it has none."""
    if ":" in host:
        return f"[{host}]"
    if host.isascii():
        return host.lower()
    try:
        return idna.encode(host, uts46=True, transitional=False).decode("ascii").lower()
    except idna.IDNAError:
        pass
    try:  # a name that only the older rules allow
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""

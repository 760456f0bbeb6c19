"""The sample outlets' feeds and pages as bytes, each in the manner of its format."""

import json
from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime
from html import escape
from xml.sax.saxutils import quoteattr

from digest.demo.newsroom import Feed, Outlet, Piece

TYPES = {
    "rss": "application/rss+xml; charset=utf-8",
    "atom": "application/atom+xml; charset=utf-8",
    "rdf": "application/rdf+xml; charset=utf-8",
    "json": "application/feed+json; charset=utf-8",
}


def document(outlet: Outlet, feed: Feed, base: str, now: datetime) -> bytes:
    """Return *feed* of *outlet*, whose site is at *base* (no slash at its end)."""
    writers: dict[str, Callable[[Outlet, Feed, str, datetime], str]]
    writers = {"rss": _rss, "atom": _atom, "rdf": _rdf, "json": _json}
    return writers[feed.format](outlet, feed, base, now).encode()


def link(piece: Piece, base: str) -> str:
    """Return the address that a feed gives for *piece*: trackers and all."""
    return f"{base}{piece.path}" + (f"?{piece.trackers}" if piece.trackers else "")


def picture_path(piece: Piece) -> str:
    """Return the path of the picture of *piece*, "" when it has none."""
    return f"/pictures/{piece.slug}.jpg" if piece.scene else ""


def _html(piece: Piece) -> str:
    return "".join(f"<p>{escape(paragraph)}</p>" for paragraph in piece.paragraphs)


def _markup(piece: Piece) -> str:
    """Return the title as HTML: a careless system's is HTML already."""
    return piece.feed_title if piece.feed_title != piece.title else escape(piece.title, quote=False)


def _rss(outlet: Outlet, feed: Feed, base: str, now: datetime) -> str:
    items = "".join(_rss_item(piece, base) for piece in outlet.in_feed(feed.name))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"'
        ' xmlns:atom="http://www.w3.org/2005/Atom"><channel>\n'
        f"<title>{escape(feed.title)}</title><link>{base}/</link>"
        f"<description>{escape(outlet.tagline)}</description><language>{outlet.language}</language>"
        f'<atom:link rel="self" type="application/rss+xml" href={quoteattr(base + feed.path)}/>'
        f"<lastBuildDate>{format_datetime(now)}</lastBuildDate><ttl>5</ttl>\n{items}</channel></rss>\n"
    )


def _rss_item(piece: Piece, base: str) -> str:
    date = f"<pubDate>{format_datetime(piece.published)}</pubDate>" if piece.published else ""
    tags = "".join(f"<category>{escape(name)}</category>" for name in (piece.section, *piece.tags))
    title = escape(_markup(piece)) if piece.feed_title != piece.title else escape(piece.title, quote=False)
    return (
        f"<item><title>{title}</title><link>{escape(link(piece, base))}</link>"
        f'<guid isPermaLink="false">{piece.slug}@{piece.event}</guid>{date}'
        f"<description>{escape(piece.dek)}</description><dc:creator>{escape(piece.byline)}</dc:creator>{tags}"
        f"<content:encoded><![CDATA[{_html(piece)}]]></content:encoded>{_media(piece, base)}</item>\n"
    )


def _media(piece: Piece, base: str) -> str:
    if not piece.scene:
        return ""
    return (
        f'<media:content url="{base}{picture_path(piece)}" medium="image" type="image/jpeg" width="1600" height="900">'
        f'<media:description type="plain">{escape(piece.caption)}</media:description>'
        f"<media:title>{escape(piece.alt)}</media:title>"
        f'<media:credit role="photographer">{escape(piece.credit)}</media:credit></media:content>'
    )


def _atom(outlet: Outlet, feed: Feed, base: str, now: datetime) -> str:
    entries = "".join(_atom_entry(piece, base) for piece in outlet.in_feed(feed.name))
    return (
        f'<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom"'
        f' xmlns:media="http://search.yahoo.com/mrss/" xml:lang="{outlet.language}">'
        f"<title>{escape(feed.title)}</title><id>tag:courier.example,1871:{feed.name}</id>"
        f"<updated>{now.isoformat()}</updated><link href={quoteattr(base + '/')}/>"
        f'<link rel="self" href={quoteattr(base + feed.path)}/>\n{entries}</feed>\n'
    )


def _atom_entry(piece: Piece, base: str) -> str:
    date = f"<published>{piece.published.isoformat()}</published>" if piece.published else ""
    tags = "".join(f"<category term={quoteattr(name)}/>" for name in (piece.section, *piece.tags))
    return (
        f'<entry><title type="html">{escape(_markup(piece))}</title>'
        f"<id>tag:courier.example,1871:{piece.slug}</id><link href={quoteattr(link(piece, base))}/>{date}"
        f"<updated>{(piece.modified or piece.written).isoformat()}</updated>"
        f"<author><name>{escape(piece.byline)}</name></author>{tags}"
        f"<summary>{escape(piece.dek)}</summary>"
        f'<content type="html">{escape(_html(piece))}</content>{_media(piece, base)}</entry>\n'
    )


def _rdf(outlet: Outlet, feed: Feed, base: str, now: datetime) -> str:
    pieces = outlet.in_feed(feed.name)
    order = "".join(f"<rdf:li rdf:resource={quoteattr(link(piece, base))}/>" for piece in pieces)
    items = "".join(
        f"<item rdf:about={quoteattr(link(piece, base))}><title>{escape(piece.title)}</title>"
        f"<link>{escape(link(piece, base))}</link><description>{escape(piece.dek)}</description>"
        f"<dc:creator>{escape(piece.byline)}</dc:creator><dc:subject>{escape(piece.section)}</dc:subject>"
        f"<dc:date>{piece.written.isoformat()}</dc:date>"
        f"<content:encoded>{escape(_html(piece))}</content:encoded></item>\n"
        for piece in pieces
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/">'
        f"<channel rdf:about={quoteattr(base + feed.path)}><title>{escape(feed.title)}</title><link>{base}/</link>"
        f"<description>{escape(outlet.tagline)}</description><dc:language>{outlet.language}</dc:language>"
        f"<dc:date>{now.isoformat()}</dc:date><items><rdf:Seq>{order}</rdf:Seq></items></channel>\n"
        f"{items}</rdf:RDF>\n"
    )


def _json(outlet: Outlet, feed: Feed, base: str, now: datetime) -> str:
    items = [
        {
            "id": f"{base}{piece.path}",
            "url": link(piece, base),
            "title": piece.title,
            "summary": piece.dek,
            "content_html": _html(piece),
            "date_published": piece.written.isoformat(),
            "authors": [{"name": piece.byline}],
            "tags": [piece.section, *piece.tags],
        }
        for piece in outlet.in_feed(feed.name)
    ]
    head = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": feed.title,
        "description": outlet.tagline,
        "home_page_url": f"{base}/",
        "feed_url": f"{base}{feed.path}",
        "language": outlet.language,
    }
    return json.dumps({**head, "items": items}, ensure_ascii=False, indent=1)


def page(outlet: Outlet, piece: Piece, base: str) -> bytes:
    """Return the article's page, with what search engines and the re-reading before sending look at."""
    address, picture = f"{base}{piece.path}", f"{base}{picture_path(piece)}" if piece.scene else ""
    facts = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": piece.title,
        "description": piece.dek,
        "articleSection": piece.section,
        "keywords": list(piece.tags),
        "datePublished": piece.written.isoformat(),
        "dateModified": (piece.modified or piece.written).isoformat(),
        "author": {"@type": "Person", "name": piece.byline},
        "publisher": {"@type": "Organization", "name": outlet.title},
        "inLanguage": outlet.language,
        "mainEntityOfPage": address,
        **({"image": {"@type": "ImageObject", "url": picture, "caption": piece.caption}} if picture else {}),
    }
    meta = {
        "og:type": "article",
        "og:title": piece.title,
        "og:description": piece.dek,
        "og:url": address,
        "og:site_name": outlet.title,
        "article:section": piece.section,
        "article:published_time": piece.written.isoformat(),
        "article:modified_time": (piece.modified or piece.written).isoformat(),
        **({"og:image": picture, "og:image:alt": piece.alt} if picture else {}),
    }
    tags = "".join(
        f"<meta property={quoteattr(name)} content={quoteattr(value)}>" for name, value in meta.items()
    )
    figure = (
        f'<figure><img src="{escape(picture)}" alt={quoteattr(piece.alt)} width="1600" height="900">'
        f"<figcaption>{escape(piece.caption)} <small>{escape(piece.credit)}</small></figcaption></figure>"
        if picture
        else ""
    )
    body = (
        f"<p class=section>{escape(piece.section)}</p><h1>{escape(piece.title)}</h1>"
        f"<p class=dek>{escape(piece.dek)}</p><p class=by>{escape(piece.byline)} · "
        f'<time datetime="{piece.written.isoformat()}">{piece.written:%Y-%m-%d %H:%M} UTC</time></p>'
        f"{figure}{_html(piece)}"
    )
    about = json.dumps(facts, ensure_ascii=False).replace("</", "<\\/")
    head = f'{tags}<link rel="canonical" href={quoteattr(address)}><script type="application/ld+json">{about}</script>'
    return _shell(outlet, base, piece.title, head, f"<article>{body}</article>")


def front(outlet: Outlet, base: str, form: str = "") -> bytes:
    """Return the outlet's front page: its headlines, where its feeds are, and the *form* pasted into it."""
    rows = "".join(
        f'<li><a href="{piece.path}">{escape(piece.title)}</a> <small>{escape(piece.section)}</small></li>'
        for piece in outlet.pieces
    )
    head = "".join(
        f'<link rel="alternate" type="{TYPES[feed.format].split(";")[0]}" href="{feed.path}"'
        f" title={quoteattr(feed.title)}>"
        for feed in outlet.feeds
    )
    return _shell(
        outlet,
        base,
        outlet.title,
        head,
        f"<p class=dek>{escape(outlet.tagline)}</p>{pasted(form)}<ul>{rows}</ul>",
    )


def pasted(form: str) -> str:
    """Return what the site's own people wrote around the form that they pasted in; "" without one."""
    return f"<aside><h2>The morning edition, by mail</h2>{form}</aside>" if form else ""


def thanks(outlet: Outlet, base: str) -> bytes:
    """Return the site's own thank-you page, to which the pasted form leads."""
    words = "<h1>Thank you</h1><p>We have sent you a mail. Click the link in it, and the morning edition comes.</p>"
    return _shell(outlet, base, "Thank you", "", words)


STYLE = (
    "body{max-width:42rem;margin:2rem auto;padding:0 1rem;font:1.05rem/1.6 Georgia,'Times New Roman',serif;"
    "color:#16181d;background:#fff}header{border-bottom:2px solid;padding-bottom:.4rem;font-weight:bold}"
    "header a{color:inherit;text-decoration:none}h1{font-size:2rem;line-height:1.2;margin:.2rem 0}"
    ".dek{font-size:1.2rem;color:#2e323a}.by,.section,figcaption,small{font:.85rem/1.5 sans-serif;color:#6a6f78}"
    "img{width:100%;height:auto}figure{margin:1rem 0}li{margin:.5rem 0}a{color:#0b5fa5}"
    "aside{background:#f2f2ef;padding:.2rem 1rem 1rem;margin:1.5rem 0}aside h2{font-size:1.2rem;margin:.6rem 0}"
    "input,button{font:1rem/1.4 sans-serif;padding:.35rem .6rem;max-width:100%;box-sizing:border-box}"
)


def _shell(outlet: Outlet, base: str, title: str, head: str, body: str) -> bytes:
    direction = "rtl" if outlet.language == "he" else "ltr"
    return (
        f'<!doctype html><html lang="{outlet.language}" dir="{direction}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{STYLE}</style>{head}</head><body>"
        f'<header><a href="{base}/">{escape(outlet.title)}</a></header>{body}</body></html>'
    ).encode()

"""Addresses as a mail carries them: the newsroom's parameters added, nothing else touched."""

from collections.abc import Mapping
from urllib.parse import quote_plus, unquote_plus, urlsplit, urlunsplit


def followed(url: str, parameters: Mapping[str, str]) -> str:
    """Return *url* with *parameters* in its query, in the place of any of the same name.

    The rest of the query and the fragment stay as the publisher wrote them. What is no web address gives "".
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    if parts.scheme.lower() not in {"http", "https"} or not parts.netloc:
        return ""
    kept = [pair for pair in parts.query.split("&") if pair and _name(pair) not in parameters]
    added = [f"{quote_plus(name)}={quote_plus(value)}" for name, value in parameters.items()]
    return urlunsplit(parts._replace(query="&".join([*kept, *added])))


def _name(pair: str) -> str:
    return unquote_plus(pair.partition("=")[0])

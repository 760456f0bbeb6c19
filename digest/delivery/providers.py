"""Who receives in the end: a name for the provider behind a domain's MX. Pure: the flow asks the DNS.

Millions of domains are hosted by a few providers, and it is they who count our mail and turn it away.
"""

from collections.abc import Sequence
from functools import cache

from publicsuffixlist import PublicSuffixList

# the end of an MX host's name -> the provider
HOSTS = {
    "google.com": "google", "googlemail.com": "google", "smtp.goog": "google",
    "protection.outlook.com": "microsoft", "olc.protection.outlook.com": "microsoft", "hotmail.com": "microsoft",
    "mx.microsoft": "microsoft",
    "yahoodns.net": "yahoo", "yahoo.co.jp": "yahoo-japan",
    "icloud.com": "apple", "apple.com": "apple",
    "gmx.net": "gmx", "web.de": "gmx", "kundenserver.de": "ionos", "1and1.com": "ionos", "ionos.com": "ionos",
    "mail.ru": "mailru", "yandex.net": "yandex", "yandex.ru": "yandex",
    "protonmail.ch": "proton", "messagingengine.com": "fastmail", "zoho.com": "zoho", "zoho.eu": "zoho",
    "qq.com": "tencent", "netease.com": "netease", "163.com": "netease", "naver.com": "naver",
    "comcast.net": "comcast", "orange.fr": "orange", "t-online.de": "telekom", "laposte.net": "laposte",
    "pphosted.com": "proofpoint", "ppe-hosted.com": "proofpoint", "mimecast.com": "mimecast",
    "barracudanetworks.com": "barracuda", "iphmx.com": "cisco", "messagelabs.com": "symantec",
    "secureserver.net": "godaddy", "ovh.net": "ovh", "gandi.net": "gandi", "emailsrvr.com": "rackspace",
}  # fmt: skip

# domains whose provider is known without a question
DOMAINS = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), "google"),
    **dict.fromkeys(
        ("outlook.com", "hotmail.com", "live.com", "msn.com", "hotmail.co.uk", "hotmail.fr", "hotmail.de", "hotmail.it",
         "hotmail.es", "live.co.uk", "live.fr", "live.nl", "live.de", "outlook.de", "outlook.fr", "outlook.es"),
        "microsoft",
    ),
    **dict.fromkeys(
        ("yahoo.com", "ymail.com", "rocketmail.com", "aol.com", "yahoo.co.uk", "yahoo.fr", "yahoo.de", "yahoo.it",
         "yahoo.es", "yahoo.ca", "yahoo.com.br", "yahoo.co.in", "yahoo.com.au", "aol.co.uk", "verizon.net"),
        "yahoo",
    ),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), "apple"),
    **dict.fromkeys(("gmx.de", "gmx.net", "gmx.at", "gmx.ch", "gmx.com", "web.de", "mail.com"), "gmx"),
    **dict.fromkeys(("mail.ru", "bk.ru", "inbox.ru", "list.ru"), "mailru"),
    **dict.fromkeys(("yandex.ru", "yandex.com", "ya.ru"), "yandex"),
    **dict.fromkeys(("proton.me", "protonmail.com", "pm.me"), "proton"),
    **dict.fromkeys(("qq.com", "foxmail.com"), "tencent"), **dict.fromkeys(("163.com", "126.com"), "netease"),
    **dict.fromkeys(("orange.fr", "wanadoo.fr"), "orange"),
    "comcast.net": "comcast", "t-online.de": "telekom", "laposte.net": "laposte", "naver.com": "naver",
    "yahoo.co.jp": "yahoo-japan", "fastmail.com": "fastmail", "zoho.com": "zoho",
}  # fmt: skip

RESERVED = ("test", "example", "invalid", "localhost", "local", "example.com", "example.net", "example.org")


def of_mx(domain: str, records: Sequence[str]) -> str:
    """Return the provider of *domain* by its MX *records* ("10 mx.example.org"); itself where they say nothing.

    A host that is not in the list stands for the organisation whose name it has.
    """
    parsed = sorted(
        (int(rank), host.rstrip(".").lower())
        for rank, _, host in (one.partition(" ") for one in records)
        if rank.isascii() and rank.isdigit() and len(rank) < 10
    )
    hosts = [host for _, host in parsed if host]  # "0 ." takes no mail at all (RFC 7505)
    if not hosts:
        return domain
    host = hosts[0]
    labels = host.split(".")
    for start in range(len(labels)):
        if (known := HOSTS.get(".".join(labels[start:]))) is not None:
            return known
    return (_suffixes().privatesuffix(host) or host)[:80]


@cache
def _suffixes() -> PublicSuffixList:
    """Return the list of the names below which anybody can register one (publicsuffix.org), registries' own alone."""
    return PublicSuffixList(only_icann=True)


def is_reserved(domain: str) -> bool:
    """Return whether nobody is to be asked for *domain*: it is kept for tests and papers (RFC 2606)."""
    return any(domain == one or domain.endswith(f".{one}") for one in RESERVED)

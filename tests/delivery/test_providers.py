"""Who receives for a domain, by its MX."""

import pytest

from digest.delivery.providers import DOMAINS, is_reserved, of_mx


@pytest.mark.parametrize(
    ("records", "provider"),
    [
        (("10 alt1.aspmx.l.google.com", "1 aspmx.l.google.com"), "google"),
        (("1 smtp.google.com",), "google"),
        (("0 paper-example.mail.protection.outlook.com",), "microsoft"),
        (("10 mx-eu.mail.am0.yahoodns.net",), "yahoo"),
        (("10 mx01.mail.icloud.com.",), "apple"),
        (("5 mx.mailbox-house.org", "10 aspmx.l.google.com"), "mailbox-house.org"),  # the first choice counts
        (("10 MX1.Post.Provider.CO.UK",), "provider.co.uk"),
        (("10 mx.post.paper.gov.tr",), "paper.gov.tr"),
        (("10 mx.paper.edu",), "paper.edu"),
        (("10 mx.paper.nsw.edu.au",), "paper.nsw.edu.au"),  # a suffix of three labels
        (("10 mx.abc.ch",), "abc.ch"),  # three letters before two, and no suffix
        (("10 mail.abc.de",), "abc.de"),
        (("10 inbound.eu-west-1.amazonaws.com",), "amazonaws.com"),  # who runs it, not whose name it is
        (("10 co.uk",), "co.uk"),
        (("10 mx.notgoogle.com",), "notgoogle.com"),
        (("10 mx1.long-name.com",), "long-name.com"),
        (("10 mx.post.provider.de",), "provider.de"),
        (("10 provider.de",), "provider.de"),
        (("10 a.b.paper.news",), "paper.news"),
        (("2 first.org", "10 second.org"), "first.org"),  # by number
        (("0 .",), "paper.example"),
        (("nonsense",), "paper.example"),
        (("² mx.google.com",), "paper.example"),  # a digit, and no number
        (("1234567890 mx.google.com",), "paper.example"),  # no preference has ten digits
        ((), "paper.example"),
    ],
)
def test_a_provider_is_named_by_the_first_mx(records: tuple[str, ...], provider: str) -> None:
    assert of_mx("paper.example", records) == provider


def test_large_ones_need_no_question_and_reserved_names_get_none() -> None:
    assert (DOMAINS["gmail.com"], DOMAINS["hotmail.com"], DOMAINS["aol.com"]) == (
        "google",
        "microsoft",
        "yahoo",
    )
    assert is_reserved("mail.example")
    assert is_reserved("example.net")
    assert not is_reserved("example.news")


@pytest.mark.parametrize(
    ("provider", "domains"),
    [
        ("google", "gmail.com googlemail.com"),
        (
            "microsoft",
            "outlook.com hotmail.com live.com msn.com hotmail.co.uk hotmail.fr hotmail.de hotmail.it hotmail.es "
            "live.co.uk live.fr live.nl live.de outlook.de outlook.fr outlook.es",
        ),
        (
            "yahoo",
            "yahoo.com ymail.com rocketmail.com aol.com yahoo.co.uk yahoo.fr yahoo.de yahoo.it yahoo.es yahoo.ca "
            "yahoo.com.br yahoo.co.in yahoo.com.au aol.co.uk verizon.net",
        ),
        ("apple", "icloud.com me.com mac.com"),
        ("gmx", "gmx.de gmx.net gmx.at gmx.ch gmx.com web.de mail.com"),
        ("mailru", "mail.ru bk.ru inbox.ru list.ru"),
        ("yandex", "yandex.ru yandex.com ya.ru"),
        ("proton", "proton.me protonmail.com pm.me"),
        ("tencent", "qq.com foxmail.com"),
        ("netease", "163.com 126.com"),
        ("orange", "orange.fr wanadoo.fr"),
    ],
)
def test_a_houses_domains_are_one_provider(provider: str, domains: str) -> None:
    assert {DOMAINS.get(domain) for domain in domains.split()} == {provider}


@pytest.mark.parametrize(
    "domain",
    ["test", "a.test", "example", "x.invalid", "localhost", "mail.local", "example.com", "x.example.org"],
)
def test_names_kept_for_tests_are_not_asked_for(domain: str) -> None:
    assert is_reserved(domain) is True
    assert is_reserved(f"{domain}.de") is False

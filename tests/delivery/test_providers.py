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
        (("10 mx.notgoogle.com",), "notgoogle.com"),
        (("0 .",), "paper.example"),
        (("nonsense",), "paper.example"),
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

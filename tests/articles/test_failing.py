"""Feeds of one host that fail alike are one line."""

from digest.articles.failing import Failure, by_host


def feed(name: str, error: str, host: str = "news.example") -> Failure:
    url = f"https://{host}/{name}.xml"
    return Failure(name, url, error.format(url=url, name=name))


def test_feeds_of_one_host_that_fail_for_one_reason_are_one_line() -> None:
    found = by_host([feed(name, "{url}: answered 403") for name in ("city", "sport", "world", "arts")])
    assert [(one.label, one.error) for one in found] == [
        ("news.example: 4 sources (city, sport, world, ...)", "news.example: answered 403")
    ]


def test_another_reason_and_another_host_are_lines_of_their_own() -> None:
    found = by_host(
        [
            feed("city", "{url}: answered 403"),
            feed("sport", "{name}: no answer within 10 s"),
            feed("world", "{url}: answered 403", host="other.example"),
            feed("arts", "{name}: no answer within 10 s"),
            Failure("folder", "/srv/articles", "no such folder"),
        ]
    )
    assert [(one.label, one.error) for one in found] == [
        ("city", "https://news.example/city.xml: answered 403"),
        ("news.example: 2 sources (sport, arts)", "no answer within 10 s"),
        ("world", "https://other.example/world.xml: answered 403"),
        ("folder", "no such folder"),
    ]

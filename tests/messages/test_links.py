import pytest

from digest.messages.links import followed

UTM = {"utm_source": "newsletter", "utm_medium": "e mail"}
ADDED = "utm_source=newsletter&utm_medium=e+mail"


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("https://a.example/b", f"https://a.example/b?{ADDED}"),
        ("https://a.example/b?x=1&y=%20z", f"https://a.example/b?x=1&y=%20z&{ADDED}"),
        ("https://a.example/b#part", f"https://a.example/b?{ADDED}#part"),
        ("https://a.example/b?utm_source=rss&x=1#p", f"https://a.example/b?x=1&{ADDED}#p"),
        ("https://a.example/b?flag&x=", f"https://a.example/b?flag&x=&{ADDED}"),
        ("https://a.example/שלום?q=שלום", f"https://a.example/שלום?q=שלום&{ADDED}"),
    ],
)
def test_parameters_are_added_once_and_the_rest_is_kept(url: str, wanted: str) -> None:
    assert followed(url, UTM) == wanted
    assert followed(wanted, UTM) == wanted


def test_without_parameters_the_address_stays() -> None:
    assert followed("https://a.example/b?x=1#p", {}) == "https://a.example/b?x=1#p"


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "/relative", "", "https://", "http://[::1"]
)
def test_what_is_no_web_address_is_no_link(url: str) -> None:
    assert followed(url, UTM) == ""

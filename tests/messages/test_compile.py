import email
import email.policy
import itertools
import re
from dataclasses import replace
from email.message import EmailMessage

import pytest
from dkim.canonicalization import Relaxed
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser

from digest.errors import TemplateError
from digest.messages import compile, headers, personal, slots
from digest.messages.render import rendered
from digest.model import Message, Recipient, Rendered, Variant
from tests.messages import sample

LINKS = {**sample.VALUES, "unsubscribe_mailto": "mailto:u+q9abcdefghijklmnop@news.harbour.example"}


def both(language: str = "en", stories: int = 99) -> tuple[Rendered, Variant, personal.Prepared]:
    newsletter = sample.newsletter(language)
    one, edition = rendered(sample.edition(language, stories), newsletter, sample.SITE, nonce=sample.NONCE)
    variant = compile.compiled(one, newsletter, edition, sample.SITE)
    return one, variant, personal.Prepared(variant, edition, headers.domain_of(newsletter), b"k" * 32)


@pytest.fixture(scope="module", params=["en", "he"])
def case(request: pytest.FixtureRequest) -> tuple[Rendered, Variant, personal.Prepared]:
    return both(request.param)


def sent(prepared: personal.Prepared, links: dict[str, str] = LINKS, **changes: object) -> Message:
    recipient = replace(Recipient(subscriber=7, address="dana@example.org", name="Dana Levi"), **changes)  # type: ignore[arg-type]
    return personal.message(
        prepared, recipient, delivery=1, sender="b+x@bounce.example", date=sample.NOW, links=links
    )


def parsed(message: Message) -> EmailMessage:
    found = email.message_from_bytes(message.content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def parts(message: Message) -> tuple[str, str]:
    """Return the text and the HTML as a mail program reads them."""
    text, html = parsed(message).iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    return tuple(part.get_payload(decode=True).decode().replace("\r\n", "\n") for part in (text, html))  # type: ignore[return-value, union-attr]


def wanted(
    one: Rendered, keep: frozenset[str] | None = None, links: dict[str, str] = LINKS
) -> tuple[str, str]:
    return slots.filled(one.text, one.nonce, "text", links, keep), slots.filled(
        one.html, one.nonce, "html", links, keep
    )


def test_each_part_arrives_as_it_was_rendered(case: tuple[Rendered, Variant, personal.Prepared]) -> None:
    one, _, prepared = case
    message = sent(prepared)
    assert parts(message) == wanted(one)
    assert not parsed(message).defects
    assert not [defect for part in parsed(message).walk() for defect in part.defects]


def test_no_slot_and_no_mark_is_left(case: tuple[Rendered, Variant, personal.Prepared]) -> None:
    one, _, prepared = case
    for part in parts(sent(prepared)):
        assert one.nonce not in part
        assert "@@" not in part


def test_the_wire_form_needs_nothing_more(case: tuple[Rendered, Variant, personal.Prepared]) -> None:
    _, _, prepared = case
    content = sent(prepared).content
    body = content.split(b"\r\n\r\n", 1)[1]
    assert content.isascii()
    assert b"\0" not in content
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", content)
    assert body.endswith(b"--\r\n")
    assert not body.endswith(b"\r\n\r\n")
    assert Relaxed.canonicalize_body(body) == body
    for row in body.split(b"\r\n"):
        assert len(row) <= 76
        assert not row.startswith((b".", b"From "))
    for row in content.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        assert len(row) <= 998
        assert not row.endswith(b" ")


def test_every_section_mask_of_an_edition_is_a_whole_mail() -> None:
    one, variant, prepared = both()
    names = sorted({segment.section for segment in variant.body} - {""})
    assert names == ["business", "city", "politics", "sport"]
    for count in range(len(names) + 1):
        for keep in itertools.combinations(names, count):
            message = sent(prepared, sections=frozenset(keep))
            text, html = parts(message)
            assert (text, html) == wanted(one, frozenset(keep))
            whole(html)
            for placed in sample.edition().stories:
                there = placed.section in {*keep, "top", "brief"}
                assert (placed.title in html.replace("\N{NO-BREAK SPACE}", " ")) is there
                assert (placed.title in " ".join(text.split())) is there


def whole(html: str) -> None:
    """Fail unless every element is closed in order, in what Outlook sees of the comments and in what others see."""
    outlook = re.sub(r"<!--\[if [^\]]*\]>(.*?)<!\[endif\]-->", r"\1", html, flags=re.DOTALL)
    others = re.sub(r"<!--.*?-->", "", html, flags=re.DOTALL)
    for seen in (outlook, others):
        inside = seen[seen.index("<body") : seen.index("</html>")]
        body = re.sub(r"<!--.*?-->", "", inside, flags=re.DOTALL)
        opened: list[str] = []
        for closes, tag, void in re.findall(r"<(/?)([a-z0-9]+)\b[^>]*?(/?)>", body):
            if tag in ("br", "img", "hr", "meta") or void:
                continue
            if closes:
                assert opened.pop() == tag
            else:
                opened.append(tag)
        assert opened == []
    tree = parser.document_fromstring(html)
    assert tree.find("body") is not None


def test_an_unknown_or_stale_wish_keeps_the_rest_whole() -> None:
    one, _, prepared = both()
    assert parts(sent(prepared, sections=frozenset({"city", "gone"}))) == wanted(one, frozenset({"city"}))


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.characters(min_codepoint=33, exclude_categories=["Cs", "Zl", "Zp", "Zs", "Cc"]), max_size=400)
)
def test_a_slot_takes_a_value_of_any_length(value: str) -> None:
    one, _, prepared = BOTH
    links = {**LINKS, "view_url": value}
    message = sent(prepared, links)
    assert parts(message) == wanted(one, links=links)
    assert max(map(len, message.content.split(b"\r\n\r\n", 1)[1].split(b"\r\n"))) <= 76


BOTH = both(stories=3)


def test_packing_keeps_everything_and_is_small(case: tuple[Rendered, Variant, personal.Prepared]) -> None:
    _, variant, _ = case
    data = compile.packed(variant)
    assert compile.unpacked(data) == variant
    assert len(data) < variant.size / 4


@pytest.mark.parametrize(
    "harm", [lambda data: data[:-20], lambda data: b"x" + data, lambda data: data[:40] + b"?" + data[41:]]
)
def test_a_damaged_edition_is_refused(harm: object) -> None:
    with pytest.raises(ValueError, match=r"damaged|no compiled"):
        compile.unpacked(harm(compile.packed(BOTH[1])))  # type: ignore[operator]


def test_the_hash_covers_every_byte_and_the_order() -> None:
    _, variant, _ = BOTH
    marks = {variant.sha256}
    for place in range(len(variant.body)):
        segment = variant.body[place]
        for other in (
            replace(segment, section="x"),
            replace(segment, data=segment.data + b"x"),
            replace(segment, slot="y"),
        ):
            body = (*variant.body[:place], other, *variant.body[place + 1 :])
            marks.add(compile._digest(variant.headers, body))
    assert len(marks) == 3 * len(variant.body) + 1


def test_the_same_edition_compiles_to_the_same_bytes() -> None:
    assert both()[1] == both()[1]


def test_the_size_is_that_of_the_largest_message() -> None:
    _, variant, prepared = both()
    assert 0 < len(sent(prepared).content) - variant.size < 1500
    assert variant.size < 55_000


def test_a_look_that_forgets_a_slot_is_refused() -> None:
    one, _, _ = BOTH
    broken = replace(one, text=one.text.replace(slots.slot(one.nonce, "unsubscribe_url"), ""))
    with pytest.raises(TemplateError, match=r"lacks text\.unsubscribe_url"):
        compile.compiled(broken, sample.newsletter(), sample.edition(), sample.SITE)


def test_a_slot_that_nobody_fills_is_refused() -> None:
    one, _, _ = BOTH
    broken = replace(one, html=one.html.replace("</body>", slots.slot(one.nonce, "first_name") + "</body>"))
    with pytest.raises(TemplateError, match=r"nobody fills html\.first_name"):
        compile.compiled(broken, sample.newsletter(), sample.edition(), sample.SITE)


def test_sections_that_are_marked_wrongly_name_the_part() -> None:
    newsletter = sample.newsletter()
    one, edition = rendered(sample.edition(), newsletter, sample.SITE, nonce=sample.NONCE)
    broken = replace(one, text=one.text + slots.end(sample.NONCE, "sport"))
    with pytest.raises(TemplateError, match="marked wrongly in the text part"):
        compile.compiled(broken, newsletter, edition, sample.SITE)


def test_what_is_kept_of_a_revision_is_its_bytes_and_how_it_was_rendered() -> None:
    one, variant, _ = both()
    kept = compile.to_store(7, 2, one, variant)
    assert (kept.edition, kept.revision, kept.sha256, kept.subject) == (7, 2, variant.sha256, one.subject)
    assert compile.unpacked(kept.compiled) == variant
    assert kept.rendered.html == one.html

"""Each check of the preflight: what it lets pass, what it warns of, what it stops."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from digest import plugins
from digest.contracts import checks as contract
from digest.editions import preflight
from digest.editions.preflight import Changed, Facts, Link, Verdict
from digest.editions.preflight._page import rules
from digest.editions.preflight._support import PROPERTIES
from digest.editions.preflight.contrast import contrast
from digest.messages.render import rendered
from digest.model import Appearance
from digest.stories import lumped
from tests.messages import sample

NAMES = plugins.names(preflight)


def proof(language: str = "en", facts: Facts | None = None, **changes: Any) -> preflight.Proof:
    newsletter = sample.newsletter(language, **changes)
    one, printed = rendered(sample.edition(language), newsletter, sample.SITE, nonce=sample.NONCE)
    return preflight.Proof(printed, one, newsletter, facts or Facts())


GOOD = proof()


def told(check: str, one: preflight.Proof) -> list[tuple[str, str]]:
    return [(found.level, str(found)) for found in preflight.findings(one) if found.check == check]


def with_html(old: str, new: str, good: preflight.Proof = GOOD) -> preflight.Proof:
    assert old in good.rendered.html
    return replace(good, rendered=replace(good.rendered, html=good.rendered.html.replace(old, new)))


def with_facts(**facts: Any) -> preflight.Proof:
    return replace(GOOD, facts=Facts(**facts))


def test_the_contrast_of_a_page_is_worked_out_once_however_often_it_is_shown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks, one = list[str](), with_html("</body>", "<p>another page</p></body>")
    module = plugins.load(preflight, "contrast")
    read = module.tree
    monkeypatch.setattr(module, "tree", lambda html: looks.append(html) or read(html))
    assert [list(module.check(one)) for _ in range(3)] == [list(module.check(one))] * 3
    assert len(looks) == 1


# ---------------------------------------------------------------------------- the contract


@pytest.mark.parametrize("name", NAMES)
def test_every_check_keeps_the_contract_and_lets_a_good_edition_pass(name: str) -> None:
    assert list(contract.broken(name, plugins.load(preflight, name))) == []


def test_the_list_has_a_line_for_every_check_red_first_and_green_last() -> None:
    link = preflight.addresses(GOOD.rendered.html)[0]
    found = preflight.checklist(with_facts(links={link: Link(404)}, domain=()))
    assert {one.check for one in found} == set(NAMES)
    assert [one.level for one in found] == sorted(
        (one.level for one in found), key=["stop", "warn", "ok"].index
    )
    assert found[0].check == "links"
    assert all(one.owner for one in found)


def test_what_nobody_has_looked_at_is_amber_and_not_green() -> None:
    found = {one.check: one.level for one in preflight.checklist(GOOD)}
    assert (found["links"], found["domain"], found["size"]) == ("warn", "warn", "ok")
    assert told("links", GOOD) == []  # and it forbids no approval


# ---------------------------------------------------------------------------- links


@pytest.mark.parametrize(
    ("link", "level"),
    [
        (Link(200), ""),
        (Link(304), ""),
        (Link(403), ""),  # a wall for programs, not for readers
        (Link(429), ""),
        (Link(404), "stop"),
        (Link(410), "stop"),
        (Link(0, "leads to the private address 10.0.0.1", private=True), "stop"),
        (Link(500), "warn"),
        (Link(0, "the name does not resolve"), "warn"),
    ],
)
def test_a_link_that_is_gone_stops_and_one_in_trouble_warns(link: Link, level: str) -> None:
    address = next(
        one for one in preflight.addresses(GOOD.rendered.html) if "story-with-a-usual-slug-000" in one
    )
    found = told("links", with_facts(links={address: link}))
    assert [one for one, _ in found] == ([level] if level else [])


def test_a_dead_link_names_its_story() -> None:
    story = GOOD.edition.stories[3]
    address = next(
        one for one in preflight.addresses(GOOD.rendered.html) if one.startswith(story.article.url)
    )
    found = [
        one for one in preflight.findings(with_facts(links={address: Link(404)})) if one.check == "links"
    ]
    assert [one.article for one in found] == [story.article.id]
    assert story.title in found[0].what


def test_addresses_are_listed_once_without_slots_and_mailboxes() -> None:
    found = preflight.addresses(GOOD.rendered.html)
    assert len(found) == len(set(found)) >= len(GOOD.edition.stories)
    assert all(one.startswith("https://") for one in found)


# ---------------------------------------------------------------------------- what it looks like


def test_a_picture_without_alt_is_told() -> None:
    assert told("pictures", with_html(' alt="', ' data-alt="'))[0][0] == "warn"


def test_an_empty_alt_is_an_answer() -> None:
    import re

    html = re.sub(r' alt="[^"]*"', ' alt=""', GOOD.rendered.html)
    assert told("pictures", replace(GOOD, rendered=replace(GOOD.rendered, html=html))) == []


def test_a_picture_that_no_mailbox_can_open_stops() -> None:
    assert told("pictures", with_html('src="https://', 'src="/p/https://'))[0][0] == "stop"


def test_heavy_pictures_are_told_one_by_one_and_together() -> None:
    import re

    addresses = list(dict.fromkeys(re.findall(r'<img[^>]* src="([^"]+)"', GOOD.rendered.html)))
    assert len(addresses) >= 3
    assert len(told("pictures", with_facts(weights={addresses[0]: 400_000}))) == 1
    together = told("pictures", with_facts(weights=dict.fromkeys(addresses, 2_000_000 // len(addresses))))
    assert any("together" in words for _, words in together)


def test_contrast_is_as_wcag_says() -> None:
    assert contrast((255, 255, 255), (0, 0, 0)) == pytest.approx(21)
    assert contrast((119, 119, 119), (255, 255, 255)) == pytest.approx(4.48, abs=0.01)
    assert contrast((1, 2, 3), (1, 2, 3)) == 1


def test_a_pale_accent_is_told_in_the_mode_that_it_is_pale_in() -> None:
    light = told("contrast", proof(look=sample.look(accent="#E0E0E0")))
    assert light
    assert all("light mode" in words for _, words in light)
    dark = told("contrast", proof(look=sample.look(accent_dark="#3A3A3A")))
    assert dark
    assert all("dark mode" in words for _, words in dark)


def test_text_in_the_colour_of_its_ground_stops() -> None:
    assert "stop" in {level for level, _ in told("contrast", proof(look=sample.look(accent="#FFFFFF")))}


def test_what_is_hidden_on_purpose_has_no_contrast() -> None:
    assert (
        told("contrast", with_html("</body>", '<div style="display:none;color:#fff">hidden</div></body>'))
        == []
    )


def test_large_text_needs_less_contrast() -> None:
    pale = '<p style="color:#8A8A8A;font-size:{}">word</p></body>'
    assert told("contrast", with_html("</body>", pale.format("30px"))) == []
    assert len(told("contrast", with_html("</body>", pale.format("14px")))) == 1


def test_a_rule_in_a_media_block_keeps_its_condition() -> None:
    found = list(
        rules("a { color: red } @media (x) { b, .c { color: blue; top: 0 } } @import 'x'; d { e: f }")
    )
    assert [(rule.media, rule.selectors) for rule in found] == [
        ("", ("a",)),
        ("(x)", ("b", ".c")),
        ("", ("d",)),
    ]
    assert found[1].declarations == (("color", "blue"), ("top", "0"))


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ('<div style="display: flex">x</div>', "display:flex does not work in Outlook"),
        ('<div style="position:absolute">x</div>', "position does not work in Gmail and Outlook"),
        ('<div style="width:calc(100% - 3px)">x</div>', "calc( does not work in Outlook and Yahoo"),
        ('<div style="color:var(--x)">x</div>', "var( does not work in Gmail, Outlook and Yahoo"),
        ("<video>x</video>", "<video> does not work"),
        ("<form>x</form>", "<form> does not work"),
        ('<img alt="" src="https://a.example/b.svg">', ".svg pictures does not work"),
        ('<img alt="" src="data:image/png;base64,AA">', ""),
        ('<div style="border-radius:3px;max-width:4px">x</div>', ""),
    ],
)
def test_a_feature_that_a_large_program_lacks_is_told_unless_it_is_not_missed(
    markup: str, words: str
) -> None:
    found = told("support", with_html("</body>", f"{markup}</body>"))
    if words:
        assert [words in said for _, said in found] == [True]
    else:
        assert not [said for _, said in found if "data:" not in said and "address" not in said]


def test_the_table_of_features_has_a_letter_for_each_program() -> None:
    assert len(PROPERTIES) > 50
    assert all(
        len(marks) == 4 and set(marks) <= set("yanu") and "n" in marks for marks in PROPERTIES.values()
    )


# ---------------------------------------------------------------------------- what it says


def test_a_story_that_is_missing_in_one_part_stops() -> None:
    title = GOOD.edition.stories[2].title
    text = " ".join(GOOD.rendered.text.split()).replace(title, "Something else")
    found = told("text", replace(GOOD, rendered=replace(GOOD.rendered, text=text)))
    assert found[0][0] == "stop"
    assert title in found[0][1]


def test_a_story_without_its_link_in_the_text_part_is_told() -> None:
    url = GOOD.edition.stories[2].article.url
    without = replace(GOOD.rendered, text=GOOD.rendered.text.replace(url, ""))
    assert [level for level, _ in told("text", replace(GOOD, rendered=without))] == ["warn"]


def test_the_subject_must_not_be_that_of_the_edition_before() -> None:
    subject, preheader = GOOD.rendered.subject, GOOD.rendered.preheader
    assert (
        "same as that of the edition before"
        in told("subject", with_facts(before=(subject.upper(), "other")))[0][1]
    )
    assert "preheader is the same" in told("subject", with_facts(before=("other", preheader)))[0][1]
    assert told("subject", with_facts(before=("other", "other"))) == []
    both = told("subject", with_facts(before=(subject.upper(), preheader)))
    assert len(both) == 1
    assert "Gmail makes one conversation of both" in both[0][1]


@pytest.mark.parametrize(
    ("subject", "preheader", "words"),
    [
        ("x" * 130, "y" * 60, "130 characters"),
        ("Short", "y" * 60, "only 5 characters"),
        ("A subject that is right", "", "preheader is empty"),
        ("A subject that is right", "short", "5 characters"),
        ("A subject that is right", "y" * 300, "300 characters"),
        (
            "A subject that is right and long enough",
            "A subject that is right and long enough",
            "the same as the subject",
        ),
    ],
)
def test_lengths_that_inboxes_do_not_show_are_told(subject: str, preheader: str, words: str) -> None:
    one = replace(GOOD, rendered=replace(GOOD.rendered, subject=subject, preheader=preheader))
    assert [words in said for _, said in told("subject", one)] == [True]


def test_a_story_from_an_earlier_edition_is_told_unless_it_is_an_update() -> None:
    story = GOOD.edition.stories[1]
    had = Appearance(
        story.article.id, 1, "An older headline", date(2026, 3, 2), datetime(2026, 3, 2, tzinfo=UTC)
    )
    found = told("repeated", with_facts(carried={story.article.id: had}))
    assert [("02 March 2026" in said, "An older headline" in said) for _, said in found] == [(True, True)]
    sections = tuple(
        replace(each, stories=tuple(replace(one, update=True) for one in each.stories))
        for each in GOOD.edition.sections
    )
    updated = replace(
        GOOD, edition=replace(GOOD.edition, sections=sections), facts=Facts(carried={story.article.id: had})
    )
    assert told("repeated", updated) == []


def test_a_story_that_is_held_beyond_the_sending_stops() -> None:
    story, due = GOOD.edition.stories[1], GOOD.edition.now + timedelta(hours=1)
    waiting = replace(story, members=())
    late = {story.article.id: due + timedelta(minutes=1)}
    assert [level for level, _ in told("embargo", with_facts(embargoes=late, due=due))] == ["stop"]
    assert told("embargo", with_facts(embargoes={story.article.id: due}, due=due)) == []
    benched = with_facts(embargoes={waiting.article.id: due + timedelta(hours=1)}, due=due)
    benched = replace(benched, edition=replace(GOOD.edition, sections=(), bench=(waiting,)))
    assert [level for level, _ in told("embargo", benched)] == ["warn"], "it is left out, and that is said"


def test_a_story_dated_after_the_sending_is_told() -> None:
    due = min(one.article.published for one in GOOD.edition.stories)
    assert {level for level, _ in told("embargo", with_facts(due=due - timedelta(seconds=1)))} == {"warn"}


def test_a_headline_that_changed_at_its_source_is_offered_and_one_taken_away_stops() -> None:
    one, other = GOOD.edition.stories[:2]
    changes = (Changed(one.article.id, one.title, "A new headline"), Changed(other.article.id, other.title))
    found = [each for each in preflight.findings(with_facts(changes=changes)) if each.check == "headline"]
    assert [(each.level, each.article, each.offer) for each in found] == [
        ("stop", other.article.id, ""),
        ("warn", one.article.id, "A new headline"),
    ]
    taken = with_facts(changes=(Changed(one.article.id, "was", one.title),))  # the editor has it already
    assert told("headline", taken) == []


def test_the_doctors_red_stops_and_his_green_is_silent() -> None:
    said = (
        Verdict("stop", "SPF: no record", "Publish it."),
        Verdict("ok", "DKIM: found"),
        Verdict("warn", "DMARC: p=none"),
    )
    assert [level for level, _ in told("domain", with_facts(domain=said))] == ["stop", "warn"]


def test_no_check_says_that_pictures_are_described_while_another_says_that_one_is_not() -> None:
    top = next(
        placed for placed in GOOD.edition.stories if placed.section == "top" and placed.article.picture
    )
    assert top.article.picture is not None
    bare = replace(top, article=replace(top.article, picture=replace(top.article.picture, alt="")))
    sections = tuple(
        replace(section, stories=tuple(bare if one is top else one for one in section.stories))
        for section in GOOD.edition.sections
    )
    found = preflight.checklist(replace(GOOD, edition=replace(GOOD.edition, sections=sections)))
    about = [one for one in found if "description" in one.what]
    assert [(one.level, one.check) for one in about] == [("warn", "pictures")]


@pytest.mark.parametrize(
    ("levels", "unattended", "goes"),
    [((), "hold", True), (("warn",), "send", True), (("warn",), "hold", False), (("stop",), "send", False)],
)
def test_what_goes_out_with_nobody_there(levels: tuple[str, ...], unattended: str, goes: bool) -> None:
    found = [preflight.Finding(level, "x") for level in levels]  # type: ignore[arg-type]
    assert preflight.goes(found, unattended) is goes  # type: ignore[arg-type]


def test_a_story_in_another_language_is_a_warning_and_a_region_is_none() -> None:
    def spoken(tag: str) -> list[tuple[str, str]]:
        lead = GOOD.edition.sections[0].stories[0]
        other = replace(lead, article=replace(lead.article, language=tag))
        section = replace(GOOD.edition.sections[0], stories=(other, *GOOD.edition.sections[0].stories[1:]))
        edition = replace(GOOD.edition, sections=(section, *GOOD.edition.sections[1:]))
        return told("language", replace(GOOD, edition=edition))

    ((level, words),) = spoken("de-AT")
    assert level == "warn"
    assert "another language (de) than the newsletter (en)" in words
    assert spoken("en-GB") == spoken("") == []


@pytest.mark.parametrize(
    ("title", "said"),
    [
        ("Caf\ufffd closes", "damaged"), ("CafÃ© closes", "wrong encoding"), ("It\u00e2\u20ac\u2122s over", "wrong encoding"),
        ("Café à l’Ânier, Ärzte, Год, שלום", ""),
    ],
)  # fmt: skip
def test_letters_of_a_wrong_encoding_are_told(title: str, said: str) -> None:
    first = GOOD.edition.sections[0]
    stories = (replace(first.stories[0], title=title), *first.stories[1:])
    sections = (replace(first, stories=stories), *GOOD.edition.sections[1:])
    found = told("encoding", replace(GOOD, edition=replace(GOOD.edition, sections=sections)))
    assert [level for level, _ in found] == (["warn"] if said else [])
    assert all(said in what for _, what in found)


def test_a_story_that_holds_a_third_of_a_source_is_amber() -> None:
    groups = [("Bridge closed", ["herald"] * 4), ("Ferry fined", ["herald"] * 2)]
    lumps = lumped.said(groups, {"herald": 12})
    assert len(lumps) == 1
    assert "4 of the 12 articles of herald: “Bridge closed”" in lumps[0]
    (level, what), *others = told("lumped", with_facts(lumps=lumps))
    assert (level, others) == ("warn", [])
    assert "4 of the 12 articles of herald" in what
    assert lumped.said(groups, {"herald": 13}) == ()

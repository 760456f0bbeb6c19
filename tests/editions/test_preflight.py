from dataclasses import replace

import pytest

from digest import plugins
from digest.editions import preflight
from digest.messages.render import rendered
from digest.model import Composition
from tests.messages import sample


def proof(edition: Composition | None = None, **changes: object) -> preflight.Proof:
    newsletter = sample.newsletter(**changes)  # type: ignore[arg-type]
    one, printed = rendered(edition or sample.edition(), newsletter, sample.SITE, nonce=sample.NONCE)
    return preflight.Proof(printed, one, newsletter)


def told(one: preflight.Proof) -> dict[str, list[str]]:
    return {
        level: [f"{found.check}: {found.what}" for found in preflight.findings(one) if found.level == level]
        for level in ("stop", "warn")
    }


def test_a_good_edition_passes_every_check() -> None:
    assert told(proof()) == {"stop": [], "warn": []}


@pytest.mark.parametrize("name", plugins.names(preflight))
def test_each_check_says_what_it_looks_at_and_names_itself(name: str) -> None:
    module = plugins.load(preflight, name)
    assert module.__doc__
    assert list(module.check(proof())) == []


def test_a_mail_over_100_000_bytes_is_stopped_and_one_over_85_000_warned_of() -> None:
    good = proof()
    padding = good.rendered.html.replace("</body>", "<!--" + "x" * 50_000 + "--></body>")
    warned = told(replace(good, rendered=replace(good.rendered, html=padding)))
    assert not warned["stop"]
    assert "size" in warned["warn"][0]
    stopped = told(replace(good, rendered=replace(good.rendered, html=padding + "y" * 20_000)))
    assert "Gmail cuts it" in stopped["stop"][0]


def test_the_size_counts_bytes_and_filled_links() -> None:
    good = proof()
    hebrew = "ש" * 40_000
    stopped = told(replace(good, rendered=replace(good.rendered, html=good.rendered.html + hebrew)))
    assert "size" in stopped["stop"][0]


def test_a_mail_without_a_visible_way_out_is_stopped() -> None:
    good = proof()
    hidden = good.rendered.html.replace(">Unsubscribe<", "><")
    assert "unsubscribe" in told(replace(good, rendered=replace(good.rendered, html=hidden)))["stop"][0]
    mark = f"@@{good.rendered.nonce}.unsubscribe_url@@"
    without = replace(good.rendered, text=good.rendered.text.replace(mark, ""))
    assert "text part" in told(replace(good, rendered=without))["stop"][0]


def test_a_missing_postal_address_is_warned_of_and_a_hidden_one_stopped() -> None:
    sender = sample.newsletter().sender.model_copy(update={"postal": ""})
    assert "postal" in told(proof(sender=sender))["warn"][0]
    good = proof()
    hidden = replace(good.rendered, html=good.rendered.html.replace("1 Quay Street", ""))
    assert "postal" in told(replace(good, rendered=hidden))["stop"][0]


def test_a_postal_address_over_several_lines_is_found() -> None:
    sender = sample.newsletter().sender.model_copy(
        update={"postal": "Herald & Sons\n1 Quay Street,\nHarbourton " + "x" * 60}
    )
    assert told(proof(sender=sender)) == {"stop": [], "warn": []}


def test_subject_and_preheader_are_there() -> None:
    assert "subject" in told(proof(replace(sample.edition(), subject=" ")))["stop"][0]
    assert "preheader" in told(proof(replace(sample.edition(), preheader="")))["warn"][0]
    assert "characters" in told(proof(replace(sample.edition(), subject="x" * 200)))["warn"][0]


def test_a_story_that_stands_twice_or_leads_nowhere_is_stopped() -> None:
    edition = sample.edition()
    top, city = edition.sections[:2]
    twice = replace(edition, sections=(top, replace(city, stories=(*city.stories, top.stories[0]))))
    assert "twice" in told(proof(twice))["stop"][0]
    nowhere = replace(city.stories[0], article=replace(city.stories[0].article, url="javascript:x"))
    assert (
        "no web address"
        in told(proof(replace(edition, sections=(top, replace(city, stories=(nowhere,))))))["stop"][0]
    )
    assert "no stories" in told(replace(proof(), edition=replace(edition, sections=())))["stop"][0]


def test_what_was_shed_is_said() -> None:
    assert (
        "left out"
        in told(replace(proof(), edition=replace(sample.edition(), shed=("A long story",))))["warn"][0]
    )

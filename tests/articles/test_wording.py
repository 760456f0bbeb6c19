"""What is no word of a headline or a dek: names, labels, standing sentences, bylines, datelines, tails."""

from dataclasses import replace

import pytest

from digest.articles import standing
from digest.articles.bylines import byline
from digest.articles.clean import Draft, draft
from digest.articles.labels import names_of, told
from digest.articles.sources import feed
from digest.articles.standfirst import standfirst
from digest.config.schema import Source
from digest.model import Item
from digest.model.agencies import credits

NAMES = names_of("The Exampleton Herald", "Exampleton Herald - News", "www.herald.test")
TITLES = (
    "Bridge over the Tarn closed", "Library to lend sewing machines", "Farmers block the dairy's gates", "Roman coins turn up at school",
    "Strike at the hospital called off", "Ferry operator fined for waste", "Wind farm vote splits council",
)  # fmt: skip


@pytest.mark.parametrize(
    ("title", "wanted", "marks"),
    [
        ("LIVE UPDATES: Bridge over the Tarn", "Bridge over the Tarn", ("live",)), ("Bridge closed - live", "Bridge closed", ("live",)),
        ("Exclusive: bank to merge", "bank to merge", ("exclusive",)), ("[VIDEO] Bridge closed", "Bridge closed", ("video",)),
        ("\U0001f534 EN DIRECT – Pont fermé hier", "Pont fermé hier", ("live",)), ("בלעדי: הגשר נסגר", "הגשר נסגר", ("exclusive",)),
        ("【速報】橋が閉鎖された", "橋が閉鎖された", ("breaking",)), ("Analysis-Envoys meet again", "Envoys meet again", ("analysis",)),
        ("UPDATE 2-Shares fall again", "Shares fall again", ("update",)), ("Live music returns to town", "Live music returns to town", ()),
        ("Watch the bridge fall", "Watch the bridge fall", ()), ("Live: storm", "Live: storm", ()),
        ("Bridge closed now | The Exampleton Herald", "Bridge closed now", ()), ("Bridge closed now – Exampleton Herald", "Bridge closed now", ()),
        ("Exampleton Herald: bridge closed", "bridge closed", ()), ("Bridge closed now (Herald.test)", "Bridge closed now", ()),
        ("Bridge closed - The Chronicle", "Bridge closed - The Chronicle", ()),
    ],
)  # fmt: skip
def test_names_and_labels_are_no_words_of_a_headline(title: str, wanted: str, marks: tuple[str, ...]) -> None:
    assert told(title, NAMES) == (wanted, marks)


def made(title: str, dek: str = "", at: int = 0) -> Draft:
    source = Source(url="https://herald.test/rss")
    found = draft(Item(title=title, url=f"https://herald.test/{at}", summary=dek), source)
    assert found is not None
    return found


def cleaned(drafts: list[Draft]) -> list[Draft]:
    learnt = standing.learnt(drafts, {})
    return [standing.without(one, learnt) for one in drafts]


@pytest.mark.parametrize(
    "form",
    ["{} - The New York Chronicle", "{} | Chronicle", "Region 14: {}", "{} (Chronicle)", "[Region] {}"],
)
def test_what_stands_in_most_headlines_of_a_source_leaves_them(form: str) -> None:
    drafts = [made(form.format(title) if at != 2 else title, at=at) for at, title in enumerate(TITLES)]
    assert [one.title for one in cleaned(drafts)] == list(TITLES)


@pytest.mark.parametrize(
    "sentence",
    [
        "Sign up for our free morning letter and never miss a story.", "הירשמו לעלון הבוקר שלנו חינם היום.",
        "Abonnez-vous à notre lettre du matin et ne manquez rien !", "Herald staff report on this and more",
    ],
)  # fmt: skip
def test_a_sentence_in_most_deks_leaves_them(sentence: str) -> None:
    own = [
        "Engineers inspect the pillars.", "Two hundred objects wait in a catalogue.", "They want ten cents more!",
        "A teacher saw them after rain.", "Nurses get four percent and one weekend.", "Harbour police had filmed a crew.",
        "The ballot ended 24 to 23.",
    ]  # fmt: skip
    for form in ("{own} {said}", "{said} {own}"):
        drafts = [made(title, form.format(own=own[at], said=sentence), at) for at, title in enumerate(TITLES)]
        if sentence.endswith((".", "!")) or form.startswith("{own}"):
            assert [one.dek for one in cleaned(drafts)] == own


def test_what_few_items_have_in_common_stays() -> None:
    drafts = [
        made(f"Council: {title}", "The council met in the town hall.", at)
        for at, title in enumerate(TITLES[:3])
    ]
    assert cleaned(drafts) == drafts
    drafts = [
        made(f"Weather: {day}", at=at) for at, day in enumerate(("Monday", "Tuesday", "Friday", "Sunday"))
    ]
    assert [one.title for one in cleaned(drafts)] == [one.title for one in drafts]  # nothing would be left


def test_what_was_learnt_before_holds_for_a_short_reading() -> None:
    learnt = standing.learnt([made(f"{title} | Chronicle", at=at) for at, title in enumerate(TITLES)], {})
    late = [made("Court frees former mayor | Chronicle")]
    assert standing.without(late[0], standing.learnt(late, learnt)).title == "Court frees former mayor"
    assert (
        replace(late[0], title="").headline == "Court frees former mayor | Chronicle"
    )  # by which a change is noticed


TITLE = "Mayor resigns after floods"
LEFT = "The mayor left office at noon."


@pytest.mark.parametrize(
    ("summary", "content", "wanted"),
    [
        ("", f"<p><em>By Jane Doe</em></p><p>{LEFT}</p><p>A second one.</p>", LEFT),
        (f"LONDON (Reuters) - {LEFT}", "", LEFT), (f"JERUSALEM, March 4 (Reuters) - {LEFT}", "", LEFT), (f"(AFP) – {LEFT}", "", LEFT),
        (f"PARIS — {LEFT}", "", LEFT), (f"{TITLE}. {LEFT}", "", LEFT), (f"{TITLE} {TITLE} {LEFT}", "", LEFT), (TITLE, "", ""),
        ("https://herald.test/a", "", ""), (f"{LEFT} https://t.co/x", "", LEFT),
        (f"<p>Photo: J. Doe/AP</p><p>{LEFT}</p>", "", LEFT), (f"Foto: J. Doe<br/>{LEFT}", "", LEFT), (f"Share this<br>{LEFT}", "", LEFT),
        (f"<figure><img src='a'><figcaption>A caption.</figcaption></figure><p>{LEFT}</p>", "", LEFT),
        (f"{LEFT} Lire la suite", "", LEFT), (f"{LEFT} Weiterlesen ...", "", LEFT), ("ראש העיר התפטר אמש. קראו עוד", "", "ראש העיר התפטר אמש."),
        (f"<p>{LEFT}</p><p>The post A appeared first on B.</p>", "", LEFT),
        (f"{LEFT} He said that on Tuesday he would…", "", LEFT), (f"{LEFT} He said that on Tuesday he would [...]", "", LEFT),
        ("On Tuesday the mayor said that he would leave his office as soon as…", "", ""),
        (
            "On Tuesday the mayor said that he would leave his office as soon as…",
            "<p>On Tuesday the mayor said that he would leave his office as soon as the rain ends.</p>",
            "On Tuesday the mayor said that he would leave his office as soon as the rain ends.",
        ),
    ],
)  # fmt: skip
def test_the_dek_is_the_first_true_paragraph(summary: str, content: str, wanted: str) -> None:
    assert standfirst(summary, content, TITLE) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("none@none.com (Agencies | Monitoring Desk)", "Agencies"), ("Our Correspondent", ""), ("newsdesk", ""),
        ("Ann Field, The Exampleton Herald UK", "Ann Field"), ("EH Staff", ""), ("Herald Staff", ""), ("Ann Field (Design)", "Ann Field"),
        ("Ann Field/Reuters", "Ann Field, Reuters"), ("dpa/AFP", "dpa, AFP"), ("Ann Field (AFP)", "Ann Field, AFP"),
        ("Ann Field - Reuters", "Ann Field, Reuters"), ("Von Anna Meier, Berlin", "Anna Meier"), ("Ann Field @annfield", "Ann Field"),
        ("By Ann Field in Paris and Bob Hill in Rome", "Ann Field and Bob Hill"), ("La Redazione", ""), ("Redacción El Heraldo", ""),
        ("Text: Anna Meier, Foto: Bernd Vogel", "Anna Meier"), ("Anna Meier (Text), Bernd Vogel (Fotos)", "Anna Meier, Bernd Vogel"),
        ("Di Stefano", "Di Stefano"), ("Sid", "Sid"), ("একাত্তর অনলাইন ডেস্ক", ""), ("সাতকানিয়া (চট্টগ্রাম) সংবাদদাতা", ""),
        ("মিতা রায়, রাজশাহী", "মিতা রায়"), ("Reporting by Ann Field; Editing by Bob Hill", "Ann Field"), ("Published 2 hours ago", ""),
        ("By Reuters | AFP", "Reuters, AFP"), ("by AP and ILH Staff", "AP and ILH Staff"), ("The Associated Press", "AP"),
        ("Jane Doe, Political Correspondent", "Jane Doe"), ("Jane Doe in Jerusalem", "Jane Doe"), ("The Exampleton Herald", ""),
        ("Exampleton Herald Staff", ""), ("Von Max Muster und Eva Muster", "Max Muster und Eva Muster"), ("Staff writer", ""),
        ("By The Associated Press and Jane Doe", "AP and Jane Doe"), ("Jane Doe, John Roe", "Jane Doe, John Roe"),
    ],
)  # fmt: skip
def test_a_byline_is_names_alone(text: str, wanted: str) -> None:
    assert byline(text, "The Exampleton Herald") == wanted


@pytest.mark.parametrize(
    ("byline", "people", "agencies"),
    [
        ("Reuters, AFP", "", "Reuters, AFP"),
        ("AP and ILH Staff", "ILH Staff", "AP"),
        ("Ann Field and Bob Hill, Reuters", "Ann Field and Bob Hill", "Reuters"),
        ("Anna Meier und dpa", "Anna Meier", "dpa"),
        ("דנה כהן ורויטרס", "דנה כהן", "רויטרס"),
        ("Martin King, Jr.", "Martin King, Jr.", ""),
    ],
)
def test_agencies_are_credited_apart_from_people(byline: str, people: str, agencies: str) -> None:
    assert credits(byline) == (people, agencies)


@pytest.mark.parametrize(
    ("text", "title", "wanted"),
    [
        (
            "TEHRAN, Aug. 12 (MNA) – The council met on Monday to vote on it.",
            "",
            "The council met on Monday to vote on it.",
        ),
        (
            "Bonn (KNA) - Der Rat hat am Montag darüber abgestimmt.",
            "",
            "Der Rat hat am Montag darüber abgestimmt.",
        ),
        (
            "MADRID, 12 Mar. (EUROPA PRESS) - El consejo votó ayer por la noche.",
            "",
            "El consejo votó ayer por la noche.",
        ),
        (
            "KHARTOUM: A bridge fell into the river on Monday night.",
            "",
            "A bridge fell into the river on Monday night.",
        ),
        (
            "New Delhi: The court met on Monday to hear the case.",
            "",
            "The court met on Monday to hear the case.",
        ),
        (
            "UNICEF: Children need more books, a report says.",
            "",
            "UNICEF: Children need more books, a report says.",
        ),
        (
            "The Health Body (WHB) – a small one – met on Monday.",
            "",
            "The Health Body (WHB) – a small one – met on Monday.",
        ),
        (
            "• Council votes for the bridge • Ferry ends in May • More",
            "",
            "Council votes for the bridge; Ferry ends in May",
        ),
        (
            "exMayor opens bridge that stood closed for years report",
            "ex-Mayor opens bridge that stood closed for 25 years: report",
            "",
        ),
        ("27 February 2026", "Crossword solutions - 27 February 2026", ""),
        ("Council votes for a new bridge over…", "Council votes for a new bridge over the Tarn", ""),
        ("বিস্তারিত", "", ""),
    ],
)
def test_the_dek_tells_something_that_the_headline_does_not(text: str, title: str, wanted: str) -> None:
    assert standfirst(text, "", title or "Something else") == wanted


def test_a_caption_in_media_rss_is_no_description_of_the_item() -> None:
    item = (
        "<item><title>Bridge</title><description>The bridge is closed until May.</description>"
        '<media:content url="https://h.example/a.jpg" medium="image"/>'
        "<media:description>Cars wait at the bridge.</media:description></item>"
    )
    only = "<item><title>Film</title><media:description>How it was built.</media:description></item>"
    content = f'<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>{item}{only}</channel></rss>'
    first, second = feed.parse(content.encode()).items
    assert (first.summary, first.media[0].caption) == (
        "The bridge is closed until May.",
        "Cars wait at the bridge.",
    )
    assert second.summary == "How it was built."

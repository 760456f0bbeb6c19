"""Sample editions: an English morning of twenty stories, a Hebrew one, a short one, one without pictures."""

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, time

from digest.config.look import Look, SectionRule
from digest.config.schema import Newsletter, Schedule, Sender, Site
from digest.model import Article, Composition, Picture, Placed, Section, Sponsor

NONCE = "5f3a91c07be4d268"
NOW = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
SITE = Site(name="The Harbour Herald", url="https://news.harbour.example")
VALUES = {
    "view_url": f"{SITE.url}/v/AbCdEf0123456789AbCdEf0123456789",
    "unsubscribe_url": f"{SITE.url}/u/q9-2xV7_kLmNoPqRsTuVwXyZ01234",
    "preferences_url": f"{SITE.url}/m/ZyXwVuTsRqPoNmLkJiHgFeDcBa9876",
}

ENGLISH = (
    ("top", "city", "Council votes to close the harbour tunnel for a year and puts two ferries in its place",
     "Engineers found water behind a third of the lining. The closure begins on 1 May, after the summer timetable is agreed; freight will go round by Northgate.",
     "By Dana Levi and Tom Okafor", "The tunnel mouth at Quay Street on Tuesday evening, with the first warning signs up", "Ines Duarte/The Harbour Herald"),
    ("top", "politics", "Budget talks break up without a date for the next round",
     "The finance minister left the table over the water levy; both sides say they will talk again “within days”.", "By Miriam Castell", "The finance minister leaves the ministry by a side door", "Reuters"),
    ("top", "city", "Nurses at two hospitals accept the offer and call off Thursday’s strike",
     "The vote was 812 to 655. Night shifts will be paid at time and a half from June.", "By Tom Okafor", "Nurses outside St Brannoc’s hospital hold up their ballot papers", "AP"),
    ("top", "world", "Storm Ylva leaves 60,000 homes on the north coast without power",
     "Crews hope to have most lines up by tonight; trains beyond Skerry are replaced by buses.", "", "Waves break over the sea wall at Skerry", "Jon Aske/EPA"),
    ("top", "business", "Shipyard wins the contract for four hybrid ferries, its largest order since 1998",
     "Three hundred jobs, half of them apprenticeships, and a question about the cranes.", "By Ruth Adeyemi", "", ""),
    ("city", "city", "Schools reopen on the east bank after the water is declared safe", "Tests on three days found no trace of the solvent. Bottled water is still handed out at two schools.", "By Ola Brandt", "", ""),
    ("city", "city", "Bus lanes on Mill Road stay, the court says", "", "", "", ""),
    ("city", "city", "A street market returns to the Old Customs Yard after eleven years", "", "", "", ""),
    ("city", "city", "Fire at a warehouse in Northgate is out; nobody was hurt", "", "", "", ""),
    ("politics", "politics", "Opposition names a former judge to lead its election campaign", "Hanna Weiss, 61, has never held office. Her first promise is a register of lobbyists.", "By Miriam Castell", "", ""),
    ("politics", "politics", "Who pays for the sea wall? Five answers from five parties", "", "", "", ""),
    ("politics", "politics", "Parliament’s ethics office opens an inquiry into free train tickets", "", "", "", ""),
    ("business", "business", "House prices fall for the first time in six years", "The median is down 1.4 per cent, and flats near the harbour are down twice that.", "By Ruth Adeyemi", "", ""),
    ("business", "business", "The last department store on King Street will close in June", "", "", "", ""),
    ("business", "business", "Why your coffee costs more: a week on the commodity desk", "", "", "", ""),
    ("sport", "sport", "United hold out with ten men and are three points from promotion", "A red card after 20 minutes, a penalty saved, and one corner that went in.", "By Sam Pereira", "", ""),
    ("sport", "sport", "Two rowers from the city are named for the world cup", "", "", "", ""),
    ("brief", "city", "Refuse is collected a day late this week because of the storm", "", "", "", ""),
    ("brief", "culture", "The city orchestra extends its contract with Lea Morandi to 2030", "", "", "", ""),
    ("brief", "world", "A magnitude 5.1 quake is felt on the islands; no damage is reported", "", "", "", ""),
)  # fmt: skip

HEBREW = (
    ("top", "city", "המועצה החליטה: מנהרת הנמל תיסגר לשנה, ושתי מעבורות יחליפו אותה",
     "המהנדסים מצאו מים מאחורי שליש מהציפוי. הסגירה תתחיל ב-1 במאי, לאחר שיסוכם לוח הקיץ; המטענים יעברו דרך Northgate.",
     "דנה לוי ותום אוקאפור", "פתח המנהרה ברחוב הרציף ביום שלישי בערב", "Ines Duarte/AP"),
    ("top", "politics", "השיחות על התקציב התפוצצו בלי מועד לסבב הבא", "שרת האוצר עזבה את השולחן בגלל היטל המים; שני הצדדים אומרים שישובו לדבר ״בתוך ימים״.", "מרים קסטל", "שרת האוצר יוצאת מהמשרד בדלת צדדית", "רויטרס"),
    ("top", "world", "סערת Ylva הותירה 60,000 בתים בצפון ללא חשמל", "הצוותים מקווים להשיב את רוב הקווים עד הלילה.", "", "גלים נשברים על חומת הים", "EPA"),
    ("top", "business", "המספנה זכתה בחוזה לארבע מעבורות היברידיות, ההזמנה הגדולה מאז 1998", "שלוש מאות משרות, מחציתן לחניכים.", "רות אדיימי", "", ""),
    ("city", "city", "בתי הספר בגדה המזרחית נפתחים מחדש לאחר שהמים הוכרזו בטוחים", "בדיקות בשלושה ימים לא מצאו כל זכר לממס.", "עולה ברנדט", "", ""),
    ("city", "city", "נתיבי האוטובוס בדרך הטחנה יישארו, פסק בית המשפט", "", "", "", ""),
    ("city", "city", "שוק הרחוב חוזר לחצר המכס הישנה אחרי 11 שנים", "", "", "", ""),
    ("politics", "politics", "האופוזיציה מינתה שופטת לשעבר לראשות מטה הבחירות", "חנה וייס, 61, לא כיהנה מעולם בתפקיד ציבורי.", "מרים קסטל", "", ""),
    ("politics", "politics", "מי ישלם על חומת הים? חמש תשובות מחמש מפלגות", "", "", "", ""),
    ("sport", "sport", "יונייטד החזיקה מעמד בעשרה שחקנים ורחוקה 3 נקודות מהעלייה", "כרטיס אדום אחרי 20 דקות, פנדל שנעצר, וקרן אחת שנכנסה.", "סם פריירה", "", ""),
    ("brief", "city", "פינוי האשפה יתעכב השבוע ביום בגלל הסערה", "", "", "", ""),
    ("brief", "world", "רעידת אדמה בעוצמה 5.1 הורגשה באיים; לא דווח על נזק", "", "", "", ""),
)  # fmt: skip

ARABIC = (
    ("top", "city", "المجلس يصوّت على إغلاق نفق الميناء عامًا كاملًا وتشغيل عبّارتين بدلًا منه",
     "عثر المهندسون على مياه خلف ثلث البطانة. يبدأ الإغلاق في 1 مايو بعد الاتفاق على جدول الصيف؛ وتمرّ الشاحنات عبر Northgate.",
     "دانا ليفي", "مدخل النفق في شارع الرصيف مساء الثلاثاء", "Ines Duarte/AP"),
    ("top", "politics", "محادثات الميزانية تنهار من دون موعد للجولة المقبلة", "غادرت وزيرة المالية الطاولة بسبب رسوم المياه.", "مريم كاستل", "وزيرة المالية تغادر الوزارة", "رويترز"),
    ("top", "world", "العاصفة Ylva تترك 60,000 منزل في الشمال بلا كهرباء", "تأمل الفرق في إعادة معظم الخطوط الليلة.", "", "", ""),
    ("city", "city", "المدارس تفتح أبوابها من جديد بعد التأكد من سلامة المياه", "لم تجد الفحوص خلال ثلاثة أيام أي أثر للمذيب.", "أولا براندت", "", ""),
    ("city", "city", "سوق الشارع يعود إلى ساحة الجمارك القديمة بعد 11 عامًا", "", "", "", ""),
    ("brief", "city", "تأخر جمع النفايات يومًا هذا الأسبوع بسبب العاصفة", "", "", "", ""),
)  # fmt: skip

NOTES = {
    "en": "We are two today: Dana is on the ferry she writes about. If you take it this morning, tell us how long you waited.",
    "he": "היום אנחנו שניים: דנה נמצאת על המעבורת שהיא כותבת עליה. אם תעלו עליה הבוקר, ספרו לנו כמה זמן חיכיתם.",
    "ar": "نحن اثنان اليوم: دانا على متن العبّارة التي تكتب عنها. إن ركبتموها هذا الصباح فأخبرونا كم انتظرتم.",
}
SPONSORS = {
    "en": Sponsor("Quay Bakery", "Bread until noon on all four quays, and the first coffee of the day is ours.", "https://bakery.example/morning?from=mail&when=early"),
    "he": Sponsor("Quay Bakery", "לחם טרי עד הצהריים בכל ארבעת הרציפים, והקפה הראשון של היום עלינו.", "https://bakery.example/he"),
    "ar": Sponsor("مخبز الرصيف", "خبز طازج حتى الظهر على الأرصفة الأربعة، وقهوة الصباح الأولى علينا.", "https://bakery.example/ar"),
}  # fmt: skip

TITLES = {
    "en": {"city": "City", "politics": "Politics", "world": "World", "business": "Business", "sport": "Sport", "culture": "Culture"},
    "he": {"city": "העיר", "politics": "פוליטיקה", "world": "עולם", "business": "כלכלה", "sport": "ספורט", "culture": "תרבות"},
    "ar": {"city": "المدينة", "politics": "سياسة", "world": "العالم", "business": "اقتصاد", "sport": "رياضة", "culture": "ثقافة"},
}  # fmt: skip
NAMES = {"en": "The Harbour Herald", "he": "בוקר הנמל", "ar": "صباح الميناء"}
TAGS = {
    "en": "The morning briefing, every day at six",
    "he": "מה שהעיר מדברת עליו היום",
    "ar": "ما تتحدث عنه المدينة اليوم",
}


def newsletter(language: str = "en", **changes: object) -> Newsletter:
    """Return a newsletter of the house, with every section."""
    titles = TITLES.get(language, TITLES["en"])
    made = Newsletter(
        title=NAMES[language],
        tagline=TAGS[language],
        language=language,
        sources=("herald",),
        schedule=Schedule(time=time(6, 0), zone="Europe/London"),
        sender=Sender(
            address="morning@news.harbour.example",
            name={"he": "עיתון הנמל"}.get(language, "The Harbour Herald"),
            list_id="daily.news.harbour.example",
            postal="The Harbour Herald, 1 Quay Street, Harbourton HB1 2QS",
        ),
        sections=tuple(SectionRule(name=name, title=title) for name, title in titles.items()),
        links={"utm_source": "newsletter", "utm_medium": "email", "utm_campaign": "daily"},
    )
    return made.model_copy(update=changes).named("daily")


def _article(number: int, row: tuple[str, ...], language: str) -> Article:
    _, section, title, dek, byline, alt, credit = row
    sha = hashlib.sha256(title.encode()).hexdigest()
    picture = Picture(
        url=f"https://harbour.example/{number}.jpg",
        alt=alt,
        credit=credit,
        wide="a" + sha[1:],
        square="b" + sha[1:],
    )
    return Article(
        id=number,
        source="herald",
        outlet="The Harbour Herald",
        url=f"https://www.harbour.example/{section}/2026/03/04/story-with-a-usual-slug-{number:03}",
        title=title,
        dek=dek,
        byline=byline,
        section=section,
        published=NOW,
        first_seen=NOW,
        language=language,
        direction="rtl" if language in ("he", "ar") else "ltr",
        picture=picture if alt else None,
    )


def edition(language: str = "en", stories: int = 99) -> Composition:
    """Return the sample edition in *language*, its first *stories* stories."""
    rows = {"en": ENGLISH, "he": HEBREW, "ar": ARABIC}[language][:stories]
    titles = TITLES.get(language, TITLES["en"])
    placed = [
        Placed(place=place, section=row[0], article=_article(place, row, language), title=row[2], dek=row[3])
        for place, row in enumerate(rows)
    ]
    names = dict.fromkeys(one.section for one in placed)
    return Composition(
        newsletter="daily",
        title=newsletter(language).title,
        date=date(2026, 3, 4),
        now=NOW,
        language=language,
        direction="rtl" if language in ("he", "ar") else "ltr",
        subject=placed[0].title,
        preheader=" · ".join(one.title for one in placed[1:3])[:110],
        sections=tuple(
            Section(name, titles.get(name, name.title()), tuple(one for one in placed if one.section == name))
            for name in names
        ),
        id=12,
        number=412,
    )


def roundup() -> Composition:
    """Return an edition of several outlets: two Hebrew stories in English company, others that tell the same."""
    made = edition()
    outlets = ("The Harbour Herald", "Northern Post", "Kol HaNamal")
    foreign = {2: HEBREW[1], 6: HEBREW[5]}
    sections = []
    for section in made.sections:
        stories = []
        for one in section.stories:
            outlet = outlets[one.place % 2]
            article, title, dek = replace(one.article, outlet=outlet), one.title, one.dek
            if one.place in foreign:
                row = foreign[one.place]
                title, dek = row[2], row[3]
                article = replace(article, outlet=outlets[2], language="he", direction="rtl", byline=row[4])
            also = (
                (
                    *(
                        [
                            replace(
                                article,
                                id=article.id + 10_000,
                                title="What the harbor barrier will cost each household, street by street",
                                url="https://courier.example/cost",
                            )
                        ]
                        if one.place == 0
                        else []
                    ),
                    replace(article, outlet="AP", url="https://ap.example/a?id=7"),
                    replace(article, outlet="Reuters", url="https://reuters.example/b#top"),
                )
                if one.place in (0, 3, 9)
                else ()
            )
            stories.append(
                replace(one, article=article, title=title, dek=dek, also=also, update=one.place in (1, 7))
            )
        sections.append(replace(section, stories=tuple(stories)))
    return replace(made, sections=tuple(sections))


def look(**changes: object) -> Look:
    """Return the default look with *changes*."""
    return Look().model_copy(update=changes)


def sponsored(language: str = "en") -> Composition:
    """Return the sample edition with its advertisement."""
    return replace(edition(language), sponsor=SPONSORS[language])

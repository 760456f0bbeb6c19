"""Dates as feeds and people write them: orders, languages, zones, and what is no date at all."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from digest.articles.written_dates import Manner, day_first, moment

# Each line: the text, its language, and what it means in UTC.
READ = """
Sat, 28 Nov 2026 06:30:00 GMT @ en @ 2026-11-28 06:30
2026-11-28T06:30:00+02:00 @ en @ 2026-11-28 04:30
2026-11-28T06:30:00.123Z @ en @ 2026-11-28 06:30
Sat Nov 28 2026 06:30:00 GMT+0200 (Israel Standard Time) @ en @ 2026-11-28 04:30
Sat Nov 28 06:30:00 +0000 2026 @ en @ 2026-11-28 06:30
Sat Nov 28 06:30:00 EST 2026 @ en @ 2026-11-28 11:30
mar. 18 févr. 2025 09:00 @ fr @ 2025-02-18 09:00
mar, 18 mar 2025 09:00 @ es @ 2025-03-18 09:00
28 de noviembre de 2026, 06:30 @ es @ 2026-11-28 06:30
28 Νοεμβρίου 2026 06:30 @ el @ 2026-11-28 06:30
الجمعة 28 نوفمبر 2026 - 06:30 @ ar @ 2026-11-28 06:30
٢٨ نوفمبر ٢٠٢٦ ٠٦:٣٠ @ ar @ 2026-11-28 06:30
2026年11月28日 06:30 @ zh @ 2026-11-28 06:30
2026년 11월 28일 오후 3:30 @ ko @ 2026-11-28 15:30
28 Kasım 2026 Cumartesi, 06:30 @ tr @ 2026-11-28 06:30
28 נובמבר, 2026 06:30 @ he @ 2026-11-28 06:30
28 בנובמבר 2026 @ he @ 2026-11-28 00:00
יום שבת, 28 בנובמבר 2026 בשעה 06:30 @ he @ 2026-11-28 06:30
28. listopadu 2026 6:30 @ cs @ 2026-11-28 06:30
28 listopada 2026 06:30 @ pl @ 2026-11-28 06:30
28. marraskuuta 2026 klo 6.30 @ fi @ 2026-11-28 06:30
1732777200000 @ en @ 2024-11-28 07:00
20261128 @ en @ 2026-11-28 00:00
20261128063000 @ en @ 2026-11-28 06:30
20261128T063000Z @ en @ 2026-11-28 06:30
11/28/2026 6:30 PM @ en @ 2026-11-28 18:30
28/11/2026 18:30 @ en @ 2026-11-28 18:30
03/04/2026 18:30 @ fr @ 2026-04-03 18:30
03/04/2026 18:30 @ en @ 2026-03-04 18:30
28-Nov-2026 06:30 @ en @ 2026-11-28 06:30
28-11-2026 06:30:00 @ en @ 2026-11-28 06:30
Saturday, November 28th, 2026 at 6:30 a.m. @ en @ 2026-11-28 06:30
Sat, 28 Nov 2026 06:30:00 +01 @ en @ 2026-11-28 05:30
Sat, 28 Nov 2026 06:30:00 GMT+2 @ en @ 2026-11-28 04:30
Sat, 28 November 2026 06:30:00 EST @ en @ 2026-11-28 11:30
ส. 28 พ.ย. 2569 06:30 @ th @ 2026-11-28 06:30
28 nov. 2026 kl. 06.30 @ sv @ 2026-11-28 06:30
Thứ bảy, 28 tháng 11, 2026 06:30 @ vi @ 2026-11-28 06:30
суббота, 28 ноября 2026 г. 06:30 @ ru @ 2026-11-28 06:30
Sa., 28. Nov. 2026, 06:30 Uhr @ de @ 2026-11-28 06:30
Sat, 28 Nov 2026 06:30:60 GMT @ en @ 2026-11-28 06:30
12:30 AM, 28 Nov 2026 @ en @ 2026-11-28 00:30
2026-11-28 06:30:00 Asia/Jerusalem @ en @ 2026-11-28 04:30
Sat, 28 Nov 2026 06:30:00 IST @ he @ 2026-11-28 04:30
2026-11-28T06:30:00 +0200 @ en @ 2026-11-28 04:30
2026-11-28T24:00:00Z @ en @ 2026-11-29 00:00
Sat,  28 Nov   2026 06:30:00 Z @ en @ 2026-11-28 06:30
jeudi 28 août 2025 à 14h30 @ fr @ 2025-08-28 14:30
sáb, 28 nov 2026 06:30:00 GMT @ xx @ 2026-11-28 06:30
28/Nov/2026:06:30:00 +0200 @ en @ 2026-11-28 04:30
2026-11-28T06:30 @ en @ 2026-11-28 06:30
Nov 28, 2026, 6:30 PM EST @ en @ 2026-11-28 23:30
Lun, 24 Nov 2025 06:30:00 +0100 @ en @ 2025-11-24 05:30
So, 1 Mär 2026 06:30:00 +0100 @ de @ 2026-03-01 05:30
dom, 1 mar 2026 06:30:00 +0100 @ it @ 2026-03-01 05:30
нд, 1 бер 2026 06:30:00 +0200 @ uk @ 2026-03-01 04:30
Paz, 1 Mar 2026 06:30:00 +0300 @ tr @ 2026-03-01 03:30
الأحد, 01 مارس 2026 06:30:00 +0300 @ ar @ 2026-03-01 03:30
یکشنبه 28 نوامبر 2026 @ fa @ 2026-11-28 00:00
Vie, 28 Nov 2025 10:00:00 -0600 @ es @ 2025-11-28 16:00
2026-11-28 06:30:00.000000 UTC @ en @ 2026-11-28 06:30
2026/11/28 @ en @ 2026-11-28 00:00
Sat, 28 Nov 2026 @ en @ 2026-11-28 00:00
Sat, 28 Nov 2026 6:30 @ en @ 2026-11-28 06:30
Sat 28 Nov 2026 06:30:00 -05:00 @ en @ 2026-11-28 11:30
2026. 11. 28. 06:30 @ hu @ 2026-11-28 06:30
2026. november 28. 06:30 @ hu @ 2026-11-28 06:30
Sat, 28 Nov 2026 06:30:00 EST5EDT @ en @ 2026-11-28 11:30
Tue, 18 Nov 2025 06:30:00 GMT+01:00 @ en @ 2025-11-18 05:30
Tue, 18 Nov 2025 6:30:00 pm -0500 @ en @ 2025-11-18 23:30
18.11.25, 06:30 @ de @ 2025-11-18 06:30
18/11/25 06:30 @ fr @ 2025-11-18 06:30
2025-11-18 6:30 PM @ en @ 2025-11-18 18:30
Tuesday 18 November 2025 - 06:30 @ en @ 2025-11-18 06:30
18 Nov 2025 | 06:30 @ en @ 2025-11-18 06:30
06:30 18/11/2025 @ pt @ 2025-11-18 06:30
11-18-2025 @ en @ 2025-11-18 00:00
Tue, 18 Nov 2025 06:30:00 CST @ zh @ 2025-11-17 22:30
Tue, 18 Nov 2025 06:30:00 Europe/Rome @ en @ 2025-11-18 05:30
Published: 18 Nov 2025 @ en @ 2025-11-18 00:00
2025-W47-2 @ en @ 2025-11-18 00:00
1763447400.123 @ en @ 2025-11-18 06:30
18 gru 2025 06:30 @ pl @ 2025-12-18 06:30
18-dic-2025 @ es @ 2025-12-18 00:00
18 December 2025 06:30 GMT+5:30 @ en @ 2025-12-18 01:00
١٨ ديسمبر ٢٠٢٥، ٦:٣٠ م @ ar @ 2025-12-18 18:30
2025-12-18T06:30:00+0530 @ en @ 2025-12-18 01:00
2025-12-18T06:30:00 UTC+2 @ en @ 2025-12-18 04:30
Thu, 18-Dec-25 06:30:00 GMT @ en @ 2025-12-18 06:30
Thu, 18 Dec 2025, 06:30 BST @ en @ 2025-12-18 05:30
Jue., 18 dic. 2025 06:30 @ es @ 2025-12-18 06:30
18. 12. 2025 6:30 @ sk @ 2025-12-18 06:30
18.12.2025 - 6.30 Uhr @ de @ 2025-12-18 06:30
2025年12月18日 @ ja @ 2025-12-18 00:00
2025年12月18日 06時30分 @ ja @ 2025-12-18 06:30
2025年12月18日(木) 06:30 @ ja @ 2025-12-18 06:30
"""
NONE = """
Sat, 31 Feb 2026 10:00:00 GMT @ en
0000-00-00 00:00:00 @ en
28 Nov 2026 25:00 @ en
2 days ago @ en
10 reasons why March 2026 was good @ en
N/A @ en
just now @ en
18 גמר 2025 @ he
12月18日2025年 @ ja
"""


def test_dates_are_read_in_any_order_and_language() -> None:
    wrong = []
    for row in READ.strip().splitlines():
        text, language, wanted = row.split(" @ ")
        found = moment(text, Manner({}, (language,)))
        if found is None or found.strftime("%Y-%m-%d %H:%M") != wanted:
            wrong.append((text, found, wanted))
    assert wrong == []


def test_what_is_no_date_is_none() -> None:
    rows = [row.split(" @ ") for row in NONE.strip().splitlines()]
    assert [text for text, language in rows if moment(text, Manner({}, (language,)))] == []


def test_the_source_says_what_an_ambiguous_zone_means() -> None:
    israel = timezone(timedelta(hours=2))
    wanted = datetime(2026, 11, 28, 4, 30, tzinfo=UTC)
    text = "Sat, 28 Nov 2026 06:30:00"
    assert moment(f"{text} IST", Manner({"": israel})) == wanted
    assert moment(f"{text} IST", Manner({"IST": israel})) == wanted
    assert moment(f"{text} IST", Manner({}, ("he",))) == wanted
    assert moment(text, Manner({"": israel})) == wanted
    assert moment(f"{text} CET", Manner({"": israel})) == wanted + timedelta(hours=1)


@pytest.mark.parametrize(
    ("others", "wanted"),
    [(("28/11/2026", "3/4/2026"), True), (("11/28/2026",), False), (("3/4/2026", "2026-13-02"), None)],
)
def test_a_feed_s_other_dates_tell_whether_the_day_comes_first(
    others: tuple[str, ...], wanted: bool | None
) -> None:
    assert day_first(iter(others)) is wanted
    if wanted is not None:
        found = moment("3/4/2026", Manner({}, ("en",), wanted))
        assert found == datetime(2026, 4 if wanted else 3, 3 if wanted else 4, tzinfo=UTC)


def test_without_a_language_nobody_knows_whether_the_day_comes_first() -> None:
    assert moment("3/4/2026", Manner({})) is None
    assert moment("3/14/2026", Manner({})) == datetime(2026, 3, 14, tzinfo=UTC)

"""What the newsroom is told of a day: a draft is ready, nobody has approved, it was quiet, missed or failed. Pure.

*site* is the address of our pages; *now* makes a notice another one than that of an earlier time.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.editions.occurrences import Occurrence
from digest.editions.preflight import Finding
from digest.model import MAIN, Audience, Built, Notice


def draft_ready(newsletter: Newsletter, occurrence: Occurrence, built: Built, site: str) -> Notice:
    """Tell the editors where the draft is and when it goes."""
    start = calendar.start(newsletter.schedule, newsletter.name, occurrence.date, occurrence.due)
    local = start.astimezone(newsletter.schedule.tz)
    freeze = (occurrence.due - newsletter.schedule.freeze).astimezone(newsletter.schedule.tz)
    zone = newsletter.schedule.zone
    stories = "\n".join(f"{place}. {story.title}" for place, story in enumerate(built.edition.stories[:8], 1))
    if newsletter.schedule.approval == "automatic":
        then = (
            f"It is built again while news comes in, and frozen at {freeze:%H:%M}. You need not do anything."
        )
    else:
        then = f"It goes out only when approved: digest approve {newsletter.name} --date {occurrence.date}"
    text = (
        f"The draft of {newsletter.title} for {occurrence.date} is ready.\n"
        f"It goes out at {local:%H:%M} ({zone}). {then}\n\n"
        f"{desk_url(site, occurrence)}\n\nSubject: {built.edition.subject}\n\n{stories}\n"
    )
    subject = f"Draft ready: {newsletter.title}, {occurrence.date}"
    return _about(newsletter, occurrence, "draft", subject, text)


def held(newsletter: Newsletter, occurrence: Occurrence, found: Sequence[Finding], site: str) -> Notice:
    """Alarm: it is time, and nobody has approved; or a check *found* something, and nobody is there to look at it."""
    until = occurrence.deadline.astimezone(newsletter.schedule.tz)
    due = occurrence.due.astimezone(newsletter.schedule.tz)
    amber = [f"- {one}" for one in found if one.level == "warn"]
    why = (
        f"is due at {due:%H:%M}, and these checks are not green. It waits for a person:\n\n"
        + "\n".join(amber)
        if amber
        else "is due now, and nobody has approved it. It waits."
    )
    text = (
        f"{newsletter.title} for {occurrence.date} {why}\n"
        f"Approve it before {until:%H:%M} ({newsletter.schedule.zone}), or it is missed:\n\n"
        f"digest approve {newsletter.name} --date {occurrence.date}\n{desk_url(site, occurrence)}\n"
    )
    subject = f"Held, not approved: {newsletter.title}"
    notice = _about(newsletter, occurrence, "held", subject, text, once=occurrence.due.isoformat())
    return _alarm(notice)


def missed(newsletter: Newsletter, occurrence: Occurrence) -> Notice:
    """Alarm: the freshness deadline passed and nothing went out."""
    text = (
        f"{newsletter.title} for {occurrence.date} was due at "
        f"{occurrence.due.astimezone(newsletter.schedule.tz):%H:%M} ({newsletter.schedule.zone}) and did not go out "
        f"within {newsletter.schedule.freshness}. Nothing was sent for that day, and nothing will be.\n"
        "The next edition looks back to the last one that was sent, so its news is not lost.\n"
    )
    subject = f"Missed: {newsletter.title}, {occurrence.date}"
    return _alarm(_about(newsletter, occurrence, "missed", subject, text))


def quiet(newsletter: Newsletter, occurrence: Occurrence) -> Notice:
    """Say that there was nothing new, so no mail goes out."""
    text = (
        f"There was nothing new for {newsletter.title} on {occurrence.date}, so no mail goes out.\n"
        "If that is a surprise, see whether the sources answer: digest collect --force\n"
    )
    subject = f"No edition: {newsletter.title}, {occurrence.date}"
    return _about(newsletter, occurrence, "quiet", subject, text)


def unread(newsletter: Newsletter, occurrence: Occurrence) -> Notice:
    """Say that there is nobody to mail to; on the next days in a row that is not said again."""
    text = (
        f"{newsletter.title} has no readers, so no mail went out on {occurrence.date}.\n"
        "This is not said again until it has had some. If it should have readers, look at the list:\n\n"
        f"digest subscribers list {newsletter.name}\n"
    )
    subject = f"No readers: {newsletter.title}, {occurrence.date}"
    return _about(newsletter, occurrence, "unread", subject, text)


def failed(newsletter: Newsletter, occurrence: Occurrence, problem: str, now: datetime) -> Notice:
    """Alarm: the edition could not be made; it is tried again until the deadline."""
    text = (
        f"{newsletter.title} for {occurrence.date} could not be made:\n\n{problem}\n\n"
        f"It is tried again until {occurrence.deadline.astimezone(newsletter.schedule.tz):%H:%M} "
        f"({newsletter.schedule.zone}).\n"
    )
    subject = f"Failed: {newsletter.title}, {occurrence.date}"
    about = now.isoformat()  # after a success between two failures the second is news
    return _alarm(_about(newsletter, occurrence, "failed", subject, text, once=about))


def moved(newsletter: Newsletter, occurrence: Occurrence, due: datetime, site: str) -> Notice:
    """Tell the editors that a draft they were told of goes out at another time: the schedule was changed."""
    before, after = (at.astimezone(newsletter.schedule.tz) for at in (occurrence.due, due))
    text = (
        f"{newsletter.title} for {occurrence.date} goes out at {after:%Y-%m-%d %H:%M} ({newsletter.schedule.zone}), "
        f"not at {before:%Y-%m-%d %H:%M}: its schedule was changed.\n\n"
        f"{desk_url(site, occurrence)}\n"
    )
    subject = f"New time: {newsletter.title}, {occurrence.date}"
    return _about(newsletter, occurrence, "moved", subject, text, once=due.isoformat())


def off(newsletter: Newsletter, occurrence: Occurrence, why: str, now: datetime) -> Notice:
    """Alarm: a day that was begun, or is late, is not in the schedule any more, so it is not sent."""
    name, day = occurrence.newsletter, occurrence.date
    text = (
        f"{newsletter.title} for {day} is not sent: {why}.\n"
        "What was built stays as it is. Should it go out all the same, send it by hand:\n\n"
        f"digest approve {name} --date {day}; digest send {name} --date {day}\n"
    )
    subject = f"Not sent: {newsletter.title}, {day}"
    notice = _about(newsletter, occurrence, "off", subject, text, once=now.isoformat())
    return _alarm(notice)


def gone(occurrence: Occurrence, now: datetime) -> Notice:
    """Alarm: a newsletter with a day that waited has left the configuration."""
    name, day = occurrence.newsletter, occurrence.date
    text = (
        f"There is no [newsletters.{name}] in the configuration any more, so its edition of {day} is not sent.\n"
        "If that is meant, nothing is left to do. If it was renamed, its readers are still under the old name.\n"
        "Put back before its hour, the day goes on as if nothing had been.\n"
    )
    subject = f"Not sent: {name}, {day}"
    key = f"gone {name} {day} {now.isoformat()}"
    notice = Notice(
        kind="gone", key=key, newsletter=name, audience=Audience.ALARM, subject=subject, text=text, day=day
    )
    return notice


def stuck(newsletter: Newsletter, problem: str, now: datetime) -> Notice:
    """Alarm, once a day: the days of a newsletter could not be looked at, so none of them goes on."""
    day = now.astimezone(newsletter.schedule.tz).date()
    text = (
        f"Nothing of {newsletter.title} goes on at the moment:\n\n{problem}\n\n"
        "It is tried again every half minute. The other newsletters are not held up by it.\n"
    )
    subject = f"Stands still: {newsletter.title}"
    notice = Notice(
        kind="stuck",
        key=f"stuck {newsletter.name} {day}",
        newsletter=newsletter.name,
        audience=Audience.ALARM,
        subject=subject,
        text=text,
        day=day,
    )
    return notice


def desk_url(site: str, occurrence: Occurrence) -> str:
    """Return where the draft can be seen."""
    return f"{site}/desk/{occurrence.newsletter}/{occurrence.date}"


def _about(
    newsletter: Newsletter, occurrence: Occurrence, kind: str, subject: str, text: str, *, once: str = ""
) -> Notice:
    """Return the notice of *kind* about a day, for the editors; *once* tells it from others of the day and kind."""
    issue = "" if occurrence.issue == MAIN else f"{occurrence.issue} "
    return Notice(
        kind=kind,
        key=f"{kind} {occurrence.newsletter} {occurrence.date} {issue}{once}".strip(),
        newsletter=occurrence.newsletter,
        audience=Audience.EDITORS,
        subject=subject,
        text=text,
        to=tuple(newsletter.editors),
        day=occurrence.date,
    )


def _alarm(notice: Notice) -> Notice:
    """Return *notice* for those whom the configuration names for alarms as well."""
    return replace(notice, audience=Audience.ALARM)

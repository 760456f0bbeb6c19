"""Words to the newsroom: a draft is ready, nobody has approved, a day was quiet, missed or failed."""

from sqlalchemy import Connection

from digest.app import App
from digest.config.schema import Newsletter
from digest.editions import occurrences as calendar
from digest.flows import hooks, mails
from digest.flows.build import Built
from digest.store.occurrences import Occurrence


def draft_ready(
    app: App, connection: Connection, name: str, newsletter: Newsletter, occurrence: Occurrence, built: Built
) -> None:
    """Tell the editors where the draft is and when it goes."""
    assert built.saved is not None
    start = calendar.start(newsletter.schedule, name, occurrence.date, occurrence.due)
    local = start.astimezone(newsletter.schedule.tz)
    freeze = (occurrence.due - newsletter.schedule.freeze).astimezone(newsletter.schedule.tz)
    zone = newsletter.schedule.zone
    stories = "\n".join(f"{place}. {story.title}" for place, story in enumerate(built.edition.stories[:8], 1))
    if newsletter.schedule.approval == "automatic":
        then = (
            f"It is built again while news comes in, and frozen at {freeze:%H:%M}. You need not do anything."
        )
    else:
        then = f"It goes out only when approved: digest approve {name} --date {occurrence.date}"
    text = (
        f"The draft of {newsletter.title} for {occurrence.date} is ready.\n"
        f"It goes out at {local:%H:%M} ({zone}). {then}\n\n"
        f"{desk_url(app, name, occurrence)}\n\nSubject: {built.saved.subject}\n\n{stories}\n"
    )
    _tell(
        app,
        connection,
        newsletter,
        occurrence,
        "draft",
        f"Draft ready: {newsletter.title}, {occurrence.date}",
        text,
    )


def held(app: App, connection: Connection, name: str, newsletter: Newsletter, occurrence: Occurrence) -> None:
    """Alarm: it is time, and nobody has approved."""
    until = occurrence.deadline.astimezone(newsletter.schedule.tz)
    text = (
        f"{newsletter.title} for {occurrence.date} is due now, and nobody has approved it. It waits.\n"
        f"Approve it before {until:%H:%M} ({newsletter.schedule.zone}), or it is missed:\n\n"
        f"digest approve {name} --date {occurrence.date}\n{desk_url(app, name, occurrence)}\n"
    )
    _tell(
        app,
        connection,
        newsletter,
        occurrence,
        "held",
        f"Held, not approved: {newsletter.title}",
        text,
        alarm=True,
    )


def missed(
    app: App, connection: Connection, name: str, newsletter: Newsletter, occurrence: Occurrence
) -> None:
    """Alarm: the freshness deadline passed and nothing went out."""
    text = (
        f"{newsletter.title} for {occurrence.date} was due at "
        f"{occurrence.due.astimezone(newsletter.schedule.tz):%H:%M} ({newsletter.schedule.zone}) and did not go out "
        f"within {newsletter.schedule.freshness}. Nothing was sent for that day, and nothing will be.\n"
        "The next edition looks back to the last one that was sent, so its news is not lost.\n"
    )
    subject = f"Missed: {newsletter.title}, {occurrence.date}"
    _tell(app, connection, newsletter, occurrence, "missed", subject, text, alarm=True)


def quiet(
    app: App, connection: Connection, name: str, newsletter: Newsletter, occurrence: Occurrence
) -> None:
    """Say that there was nothing new, so no mail goes out."""
    text = (
        f"There was nothing new for {newsletter.title} on {occurrence.date}, so no mail goes out.\n"
        "If that is a surprise, see whether the sources answer: digest collect --force\n"
    )
    _tell(
        app,
        connection,
        newsletter,
        occurrence,
        "quiet",
        f"No edition: {newsletter.title}, {occurrence.date}",
        text,
    )


def failed(
    app: App, connection: Connection, name: str, newsletter: Newsletter, occurrence: Occurrence, problem: str
) -> None:
    """Alarm: the edition could not be made; it is tried again until the deadline."""
    text = (
        f"{newsletter.title} for {occurrence.date} could not be made:\n\n{problem}\n\n"
        f"It is tried again until {occurrence.deadline.astimezone(newsletter.schedule.tz):%H:%M} "
        f"({newsletter.schedule.zone}).\n"
    )
    subject = f"Failed: {newsletter.title}, {occurrence.date}"
    _tell(app, connection, newsletter, occurrence, "failed", subject, text, alarm=True)


def desk_url(app: App, name: str, occurrence: Occurrence) -> str:
    """Return where the draft can be seen."""
    return f"{app.config.site.url}/desk/{name}/{occurrence.date}"


def _tell(
    app: App,
    connection: Connection,
    newsletter: Newsletter,
    occurrence: Occurrence,
    kind: str,
    subject: str,
    text: str,
    *,
    alarm: bool = False,
) -> None:
    if alarm:
        hooks.queue(
            app,
            connection,
            key=f"{kind} {occurrence.newsletter} {occurrence.date}",
            kind=kind,
            newsletter=occurrence.newsletter,
            date=occurrence.date,
            subject=subject,
            text=text,
        )
    people = dict.fromkeys((*newsletter.editors, *(app.config.alarms.mail if alarm else ())))
    for person in people:
        key = f"{kind} {occurrence.newsletter} {occurrence.date} {person}"
        mails.queue(
            app,
            connection,
            newsletter,
            kind="alarm" if alarm else "draft",
            key=key,
            to=person,
            subject=subject,
            text=text,
        )

"""The mails to one reader: confirmation, "you are in already", welcome. None holds a word a visitor typed."""

from subscribers.model import Subscriber
from subscribers.pages.context import Room
from subscribers.pages.settings import Newsletter
from subscribers.pages.translations import chosen, direction, speaker


def send(
    room: Room,
    kind: str,
    reader: Subscriber,
    newsletter: Newsletter,
    *,
    key: str,
    to: str = "",
    **values: str,
) -> None:
    """Write the mail *kind* (a template) to *reader* and put it into the outbox; *to* is another address."""
    language = chosen(reader.language, newsletter.language)
    say = speaker(language)
    links = room.settings.links
    known = {
        "_": say,
        "language": language,
        "direction": direction(language),
        "newsletter": newsletter,
        "site_name": room.settings.site_name,
        "site_url": links.site_url,
        "preferences_url": links.preferences(reader.id, newsletter.name),
        "unsubscribe_url": links.unsubscribe(reader.id, newsletter.name),
        **values,
    }
    subjects = {
        "confirm": say("Please confirm: %(title)s", title=newsletter.title),
        "already": say("You already get %(title)s", title=newsletter.title),
        "manage": say("Your data at %(site)s", site=room.settings.site_name),
        "move": say("Please confirm your new address"),
        "move-asked": say("A new address was asked for"),
        "moved": say("Your address is changed"),
        "welcome": say("Welcome to %(title)s", title=newsletter.title),
    }
    room.settings.send_mail(
        kind=kind,
        key=f"{kind}:{newsletter.name}:{reader.id}:{key}",
        newsletter=newsletter.name,
        to=to or reader.address,
        subject=subjects[kind].replace("\u2068", "").replace("\u2069", ""),
        text=room.plain.get_template(f"mail/{kind}.txt").render(known),
        html=room.templates.get_template(f"mail/{kind}.html").render(known),
    )

"""The mails to one reader: confirmation, "you are in already", welcome. None holds a word a visitor typed."""

from subscribers.model import Subscriber
from subscribers.pages.context import Context
from subscribers.pages.settings import NewsletterInfo
from subscribers.pages.translations import choose_language, direction, translator


def send(
    context: Context,
    kind: str,
    reader: Subscriber,
    newsletter: NewsletterInfo,
    *,
    key: str,
    to: str = "",
    **values: str,
) -> None:
    """Write the mail *kind* (a template) to *reader* and put it into the outbox; *to* is another address."""
    language = choose_language(reader.language, newsletter.language)
    say = translator(language)
    links = context.settings.links
    known = {
        "_": say,
        "language": language,
        "direction": direction(language),
        "newsletter": newsletter,
        "site_name": context.settings.site_name,
        "site_url": links.site_url,
        "preferences_url": links.preferences(reader.id, newsletter.name),
        "unsubscribe_url": links.unsubscribe(reader.id, newsletter.name),
        **values,
    }
    subjects = {
        "confirm": say("Please confirm: %(title)s", title=newsletter.title),
        "already": say("You already get %(title)s", title=newsletter.title),
        "manage": say("Your data at %(site)s", site=context.settings.site_name),
        "move": say("Please confirm your new address"),
        "move-asked": say("A new address was asked for"),
        "moved": say("Your address is changed"),
        "welcome": say("Welcome to %(title)s", title=newsletter.title),
    }
    context.settings.send_mail(
        kind=kind,
        key=f"{kind}:{newsletter.name}:{reader.id}:{key}",
        newsletter=newsletter.name,
        to=to or reader.address,
        subject=subjects[kind].replace("\u2068", "").replace("\u2069", ""),
        text=context.plain.get_template(f"mail/{kind}.txt").render(known),
        html=context.templates.get_template(f"mail/{kind}.html").render(known),
    )

"""The sign-up form to paste into any page: plain HTML, without scripts, whatever runs the site."""

from html import escape

from subscribers.pages.settings import NewsletterInfo
from subscribers.pages.signup import HONEYPOT
from subscribers.pages.translations import choose_language, direction, translator


def signup_form(newsletter: NewsletterInfo, site_url: str, *, back: str = "", language: str = "") -> str:
    """Return the form's HTML. *back* is the site's own thank-you page, on one of the newsletter's `sites`."""
    spoken = choose_language(language, newsletter.language)
    say = translator(spoken)
    hidden = f'\n  <input type="hidden" name="next" value="{escape(back)}">' if back else ""
    return f"""\
<form method="post" action="{escape(site_url.rstrip("/"))}/subscribe/{escape(newsletter.name)}" \
accept-charset="utf-8" lang="{spoken}" dir="{direction(spoken)}">
  <label>{escape(say("Email address"))}
    <input type="email" name="email" required maxlength="254" autocomplete="email" dir="ltr"></label>
  <div style="position:absolute;left:-9999px" aria-hidden="true">
    <input type="text" name="{HONEYPOT}" tabindex="-1" autocomplete="off"></div>{hidden}
  <button type="submit">{escape(say("Subscribe"))}</button>
</form>
"""

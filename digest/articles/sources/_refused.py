"""Pages that a server sends instead of a feed: a challenge for robots, a page to log in."""

import re
from collections.abc import Mapping

WORDS = "a page that wants to see a person (a challenge against robots)"
_CHALLENGE = re.compile(
    rb"just a moment\.\.\.|cf-chl|challenges\.cloudflare\.com|cf_chl_opt|attention required! \|"
    rb" cloudflare|_incapsula_resource|incapsula incident|"
    rb"px-captcha|perimeterx|datadome|captcha-delivery\.com|awswafcookiedomainlist|aws-waf-token|"
    rb"ddos-guard|ddos protection by|sucuri website firewall|"
    rb"making sure you(?:&#39;|'|\xe2\x80\x99)re not a bot|enable javascript and cookies to continue|"
    rb"verify(?:ing)? (?:that )?you are (?:a )?human|"
    rb"checking your browser|pardon our interruption|access to this page has been denied|g-recaptcha|"
    rb"hcaptcha\.com|please complete the security check|"
    rb"akamai.{0,40}reference&#32;&#35;"
)
_LOG_IN = re.compile(
    rb"""<input[^>]{0,300}type\s*=\s*["']?password|<title>[^<]{0,60}(?:log ?in|sign ?in|anmelden|"
    "connexion|iniciar sesi)"""
)
_LOG_IN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|auth|sso|account/login|wp-login|oauth2?)(?:[/.?]|$)", re.IGNORECASE
)


def by_headers(headers: Mapping[str, str]) -> bool:
    """Return whether an answer's headers say that it is a challenge."""
    return (
        headers.get("cf-mitigated", "").lower() == "challenge"
        or "x-datadome" in headers
        or "x-amzn-waf-action" in headers
        or "x-sucuri-block" in headers
    )


def challenge(page: bytes) -> bool:
    """Return whether *page*, in small letters, asks its reader to show that they are no robot."""
    return _CHALLENGE.search(page) is not None


def log_in(page: bytes, url: str) -> bool:
    """Return whether *page*, in small letters, wants a password, or its address says that it does."""
    return _LOG_IN.search(page) is not None or _LOG_IN_PATH.search(url) is not None

"""The caught mails as pages, newest first: what a mail program shows, and its unsubscribe button."""

import asyncio
import re
import smtplib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html import escape
from urllib.parse import parse_qs, unquote, urlsplit

import uvicorn
from anyio import to_thread
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from digest.demo.catcher import Catcher
from digest.runtime.web_server import WebServer

MOST = 200  # mails on the list
STYLE = (
    ":root{color-scheme:light dark}body{max-width:60rem;margin:0 auto;padding:1rem;font:15px/1.5 system-ui,sans-serif}"
    "table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.35rem .6rem .35rem 0;vertical-align:top;"
    "border-bottom:1px solid #8884;overflow-wrap:anywhere}th{font-weight:600;white-space:nowrap}"
    "td:last-child{text-align:end}.head td:last-child{text-align:start}h1{font-size:1.3rem;line-height:1.3}"
    "iframe{width:100%;height:75vh;border:1px solid #8886;background:#fff;margin-top:1rem}"
    "pre{white-space:pre-wrap;overflow-wrap:anywhere}"
    "form{display:inline-block;margin:.4rem .6rem .4rem 0}button,input{font:inherit;padding:.3rem .7rem}"
    "a{color:light-dark(#0b5fa5,#7cb8ee)}"
)
RIGHTS = "allow-popups allow-popups-to-escape-sandbox"  # a link opens a page of its own; nothing else works
FRAME = f"sandbox {RIGHTS}; default-src 'none'; img-src http:; style-src 'unsafe-inline'"
LEFT = '<p>The mail to the List-Unsubscribe address was sent and caught.</p><p><a href="/">All caught mails</a></p>'
LINK = re.compile(r"https?://[^\s<>\"]+")


@asynccontextmanager
async def showing(catcher: Catcher) -> AsyncIterator[str]:
    """Give the address of the pages that show what *catcher* holds, until the end of the block."""
    door = socket.create_server(("127.0.0.1", 0))
    settings = uvicorn.Config(
        site(catcher), log_level="warning", access_log=False, lifespan="off", timeout_graceful_shutdown=2
    )
    server = WebServer(settings)
    task = asyncio.create_task(server.serve(sockets=[door]))
    try:
        yield f"http://127.0.0.1:{door.getsockname()[1]}/"
    finally:
        server.should_exit = True
        await asyncio.gather(task, return_exceptions=True)
        door.close()


def site(catcher: Catcher) -> Starlette:
    """Return the pages: the list, a mail, its HTML in a frame without rights, its source."""

    def mail(request: Request) -> EmailMessage | None:
        number = request.path_params["number"]
        if not 0 < number <= len(catcher):
            return None
        return message_from_bytes(catcher.mails[number - 1].file.read_bytes(), policy=default)

    async def everything(request: Request) -> Response:
        return HTMLResponse(_list(catcher, request.query_params.get("to", "").strip()))

    async def one(request: Request) -> Response:
        found = mail(request)
        return HTMLResponse(_mail(found, request.path_params["number"])) if found else _none()

    async def html(request: Request) -> Response:
        found = mail(request)
        body = found.get_body(("html",)) if found else None
        if body is None:
            return _none()
        text = body.get_content().replace("<head>", '<head><base target="_blank">', 1)
        return HTMLResponse(text, headers={"Content-Security-Policy": FRAME})

    async def source(request: Request) -> Response:
        number = request.path_params["number"]
        if not 0 < number <= len(catcher):
            return _none()
        return PlainTextResponse(catcher.mails[number - 1].file.read_bytes())

    async def by_mail(request: Request) -> Response:
        found = mail(request)
        if found is None or request.headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return _none()
        await to_thread.run_sync(_write_to_the_list, catcher, found)
        return HTMLResponse(_page("Unsubscribed by mail", LEFT))

    return Starlette(
        routes=[
            Route("/", everything),
            Route("/{number:int}", one),
            Route("/{number:int}/html", html),
            Route("/{number:int}/source", source),
            Route("/{number:int}/leave", by_mail, methods=["POST"]),
        ]
    )


def _none() -> Response:
    return HTMLResponse(_page("No such mail", '<p><a href="/">All caught mails</a></p>'), status_code=404)


def _page(title: str, body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body>"
        f"<h1 dir=auto>{escape(title)}</h1>{body}</body></html>"
    )


def _list(catcher: Catcher, to: str) -> str:
    found = [
        (number, mail)
        for number, mail in enumerate(catcher.mails, 1)
        if to.lower() in mail.recipient.lower() or not to
    ]
    rows = "".join(
        f"<tr><td>{escape(mail.recipient)}</td>"
        f'<td dir=auto><a href="/{number}">{escape(mail.subject or "(no subject)")}</a></td>'
        f"<td>{mail.size / 1000:.1f} kB</td></tr>"
        for number, mail in reversed(found[-MOST:])
    )
    search = (
        f'<form><label>To <input name=to value="{escape(to)}"></label> <button>Show</button></form>'
        f"<p>{len(found)} of {len(catcher)} mails, the newest first. Nothing left this machine.</p>"
    )
    head = "<tr><th>To</th><th>Subject</th><th>Size</th></tr>"
    return _page("Caught mails", f"{search}<table>{head}{rows}</table>")


def _mail(mail: EmailMessage, number: int) -> str:
    heads = "".join(
        f"<tr><th>{name}</th><td dir=auto>{escape(str(mail[name]))}</td></tr>"
        for name in ("From", "To", "Date")
        if mail[name]
    )
    body = mail.get_body(("html",))
    text = mail.get_body(("plain",))
    if body is not None:
        shown = f'<iframe sandbox="{RIGHTS}" src="/{number}/html" title="The mail"></iframe>'
    else:
        shown = f"<pre dir=auto>{_linked(text.get_content() if text else '')}</pre>"
    links = f'<p><a href="/">All caught mails</a> · <a href="/{number}/source">Source</a></p>'
    return _page(
        str(mail["Subject"] or "(no subject)"),
        f"{links}<table class=head>{heads}</table>{_ways_out(mail, number)}{shown}",
    )


def _linked(text: str) -> str:
    """Return *text* as HTML whose addresses can be clicked."""
    made, end = [], 0
    for link in LINK.finditer(text):
        made.append(escape(text[end : link.start()]))
        made.append(f'<a href="{escape(link[0])}" target="_blank">{escape(link[0])}</a>')
        end = link.end()
    return "".join([*made, escape(text[end:])])


def _addresses(mail: EmailMessage) -> list[str]:
    return re.findall(r"<([^>]+)>", str(mail["List-Unsubscribe"] or "").replace("\n", ""))


def _ways_out(mail: EmailMessage, number: int) -> str:
    """Return the buttons that a mail program makes of List-Unsubscribe: one click (RFC 8058), and a mail."""
    made = ""
    for address in _addresses(mail):
        if address.startswith("http"):  # List-Unsubscribe-Post wants https, which a site on loopback is not
            made += (
                f'<form method=post action="{escape(address)}" target=_blank><input type=hidden name=List-Unsubscribe'
                " value=One-Click><button>Unsubscribe with one click, as Gmail does</button></form>"
            )
        elif address.startswith("mailto:"):
            made += (
                f'<form method=post action="/{number}/leave">'
                "<button>Unsubscribe by mail, as Apple Mail does</button></form>"
            )
    return made


def _write_to_the_list(catcher: Catcher, mail: EmailMessage) -> None:
    """Send what a mail program sends to the mailto address of List-Unsubscribe."""
    for address in _addresses(mail):
        if address.startswith("mailto:"):
            parts = urlsplit(address)
            letter = EmailMessage()
            letter["From"], letter["To"] = str(mail["To"]), unquote(parts.path)
            letter["Subject"] = parse_qs(parts.query).get("subject", ["unsubscribe"])[0]
            letter.set_content("unsubscribe\n")
            with smtplib.SMTP(catcher.host, catcher.port, timeout=20) as relay:
                relay.send_message(letter)

"""Forms of mail servers, without the status fields of RFC 3464. Each names its server."""

from digest.delivery.feedback.forms.form import Form, form

SERVERS: tuple[Form, ...] = (
    form(
        "qmail-send (bounce.c), netqmail, qmail-ldap, Yahoo's descendant of it",
        (
            r"^hi\. this is the ",
            r"qmail-send",
            r"failure (?:notice|delivery)",
            r"delivery failure",
            r"failed delivery",
            r"could not be delivered\. this\s+is a permanent error",
            r"unable to deliver (?:your )?message to the following address",
        ),
        r"^[ \t]*<@>[ \t]*:",
    ),
    form(
        "Exchange 5.5 and 2003, Internet Mail Service",
        (r"did not reach the following recipient", r"internet mail service"),
        r"^[ \t]*(?:c=[^\n;]{0,40};.{0,200}?(?:dda:)?smtp=)?@@;?[ \t]+on[ \t]+\w{3},",
    ),
    form(
        "Exchange 2000 and its successors, Outlook's own words",
        (r"did not reach (?:some or all of )?the (?:following|intended) recipient",),
        r"^[ \t]*['\"]?@@['\"]?[ \t]*(?:on[ \t]+\d|\(|$)",
    ),
    form(
        "Postfix bounce(5), as text",
        (r"this is the (?:postfix|.{0,30}mail system)", r"the (?:postfix program|mail system)$"),
        r"^[ \t]*<@>(?: \(expanded from .{0,250}\))?:",
    ),
    form(
        "Exim bounce_message_text and warn_message_text",
        (
            r"following address(?:\(?es\)?)? (?:failed|to which)",
            r"address(?:es)? to which the message has not yet",
        ),
        r"^[ \t]+@@:?[ \t]*(?:\n[ \t]+(?:\(|[^\s@])|$)",
    ),
    form(
        "Sendmail 5 and 8, as text",
        (
            r"transcript of session follows",
            r"following addresses had",
            r"addresses have delivery notifications",
        ),
        r"^(?:[ \t]{0,4}|[45]\d\d[ \t]+(?:[45]\.\d\.\d[ \t]+)?)<@>(?:\.\.\.|[ \t]*$|[ \t]*\()",
    ),
    form(
        "Sendmail 5, without angle brackets",
        (r"transcript of session follows",),
        r"^(?:[45]\d\d[ \t]+(?:[45]\.\d\.\d[ \t]+)?)?@@\.\.\.",
    ),
    form(
        "IMail (SMTP32), MMDF",
        (r"unknown user:", r"undeliverable mail", r"smtp32"),
        r"^(?:unknown (?:user|host|local.?part)|user mailbox exceeds.{0,40}|invalid (?:final delivery )?user.{0,20}"
        r"|undeliverable to|delivery failed.{0,30}|user not (?:found|known)|delivery userid|mailbox.{0,40})"
        r"[ \t]*:?[ \t]*@@",
    ),
    form("Courier courierd", (r"courier mail server",), r"^[ \t]*<@>:?"),
    form(
        "OpenSMTPD bounce.c",
        (r"this is the mailer-daemon, please do not reply", r"opensmtpd", r"mailer-daemon at"),
        r"^[ \t]*@@:[ \t]",
    ),
    form(
        "DragonFly Mail Agent",
        (r"dragonfly mail agent", r"there was an error delivering your mail to"),
        r"error delivering your mail to[ \t]+@@",
    ),
    form(
        "hMailServer, MDaemon, MailEnable",
        (r"hmailserver", r"mdaemon", r"mailenable"),
        r"^[ \t]*(?:recipient:[ \t]*\[?(?:smtp:)?|failed address:[ \t]*|>>> ?rcpt to: ?)?@@\]?",
    ),
    form(
        "Lotus Notes and Domino",
        (r"(?:lotus|ibm|hcl) (?:notes|domino)", r"domino", r"could not be (?:found|delivered) because"),
        r"^[ \t]*(?:to|recipient|failed to deliver to):?[ \t]*['\"]?@@",
    ),
    form(
        "Novell GroupWise",
        (r"groupwise", r"the message that you sent was undeliverable to the following"),
        r"^[ \t]*@@[ \t]*(?:\(|$)",
    ),
    form(
        "Sun and Oracle Messaging Server, PMDF",
        (r"cannot be delivered to the following recipients", r"recipient address:", r"pmdf"),
        r"recipient address:[ \t]*@@",
    ),
    form(
        "Apache James",
        (r"unable to deliver", r"james"),
        r"^[ \t]*(?:rcpt to|error message.{0,20}|to):?[ \t]+@@",
    ),
    form(
        "X.400 gateways",
        (r"x\.?400", r"dda:", r"/(?:rfc-822|dd\.rfc-822)="),
        r"(?:rfc-?822=|smtp=)(?P<address>[^\s/;@()]{1,100}(?:@|\(a\))[^\s/;]{1,200})",
    ),
)

"""What servers say of limits: how much we send and how fast, how big a mail may be. Each rule names its source."""

from digest.delivery.replies.signs import Rule, Sign

# of sending, next to a word for a limit
SENDING = (
    r"\b(?:sending|submission|sender(?:'s)?|outgoing|outbound|relay|smtp|send|daily|hourly|weekly|monthly"
    r"|credits?|(?:per|an?|this|the|your|each|every|in \d+) ?(?:hour|day|minute|month|second)s?|defers"
    r"|number of (?:recipients|messages|e-?mails|mails|rcpts)|max(?:imum)? (?:e-?mails|mails|messages"
    r"|recipients|defers)|plan|tenant)\b"
)
LIMITED = (
    r"(?:\bquotas?\b|\blimit(?:ed|s|ation)?\b|\bexceed(?:ed|s|ing)?\b|\bexhausted|\bover the max"
    r"|\bmaximum\b|\bthreshold\b|\breached\b|\bused up\b|\ballowance\b)"
)

RULES: tuple[Rule, ...] = (
    Rule(
        Sign.LIMIT,
        "RFC 3463 3.4, X.4.5; Amazon SES, Maximum sending rate, Daily message quota; Comcast, Throttled",
        (
            r"throttl",
            r"slow(?:er|ing)? down",
            r"try again slower",
            r"back off",
            r"\brate[- ]?limit",
            r"rate (?:control|exceeded|too)",
            r"(?:sending|connection|message|mail|submission) rate\b",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "cPanel & WHM, Max hourly emails per domain, max defers and failures; DirectAdmin, daily email limit; "
        "Plesk, outgoing mail control; Google, Limits for sending; Microsoft 365, Sending limits (5.1.90, 5.7.233)",
        (
            rf"{SENDING}.{{0,60}}{LIMITED}",
            rf"{LIMITED}.{{0,60}}{SENDING}",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "Postfix anvil(8), smtpd_client_message_rate_limit; PolicyD, Policy Rejection- Quota Exceeded; "
        "SendGrid, credits",
        (
            r"too (?:much|many) (?:(?:\S+ ){0,3}(?:mails?|e-?mails|messages|connections?|sessions?"
            r"|recipients?|requests?|rcpts?|attempts|commands|errors|transactions|threads|concurrent"
            r"|hops? per)\b|from\b|fail authentication)",
            r"too many (?:recent|unwanted) ",
            r"(?:recipients?|messages?|e-?mails?|rcpt|mails) (?:rate |count |send |sending )?limit",
            r"(?:message|e-?mail) quota",
            r"e-?mails? per ",
            r"too (?:fast|frequent|often)",
            r"policy.{0,20}quota",
            r"quota.{0,20}policy",
            r"out of credits",
            r"message discarded",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "Tencent QQ mail, frequency limited; NetEase, http://mail.163.com/help/help_spam_16.htm (MI, RP codes)",
        (
            r"frequency.{0,20}limit",
            r"\b(?:MI:(?:STC|SFQ|DMC|CCL|CEL)|RP:(?:RCL|TRC|QRC|DRC|CCL|CEL))\b",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "Yahoo, https://senders.yahooinc.com/smtp-error-codes/ (TSS04); Outlook.com, RP-001 to 003; Google, 4.7.28",
        (
            r"\[TSS0[1-6]\]",
            r"\bRP-00[1-3]\b",
            r"\bAS777\d\d",
            r"unusual (?:rate|sending|volume|traffic|amount)",
            r"(?:unexpected|high|excessive) volume",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "Sendmail, ConnectionRateThrottle; Exchange Online, STOREDRV concurrent connections; Orange, OFR_104",
        (
            r"(?:connections?|sessions?|threads?|conversations?) (?:rate )?(?:limit|count|quota)",
            r"concurren\w+ .{0,30}(?:limit|connection)",
            r"(?:limit|maximum|number) (?:of|on) .{0,20}(?:connections?|sessions?|threads?)",
            r"trop de (?:connexions|messages)",
            r"\b(?:ofr|lpn|ouk)\w*[_-]10[49]\b",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "Comcast, RL codes; Cox and Charter, AUP#... rate; GoDaddy, IB504, IB506, IB607",
        (
            r"\bRL00\d+",
            r"\bIB(?:504|607)\b",
            r"send limit",
            r"sending limit",
            r"volume of (?:mail|messages)",
            r"mail from .{0,30} too (?:fast|often)",
        ),
    ),
    Rule(
        Sign.LIMIT,
        "words for a limit of sending in other languages, as hosts use them",
        (
            r"versand(?:limit|begrenzung|kontingent)",
            r"limite d.envoi",
            r"l[ií]mite de env[ií]os?",
            r"limite di invio",
            r"лимит (?:отправ|исход)",
        ),
    ),
    Rule(
        Sign.SIZE,
        "RFC 1870 6; RFC 3463 X.3.4, X.2.3; Postfix, Message size exceeds fixed limit; qmail, databytes",
        (
            r"(?:message|mail|e-?mail|content|data|body|header)s?(?: file)? (?:size|length)",
            r"size (?:exceeds|limit|of (?:the|this|your) (?:message|mail))",
            r"(?:message|mail|e-?mail|file|body|headers?) (?:is |was |are )?(?:too (?:big|large|long)|bigger"
            r"|larger)",
            r"exceed\w* (?:the )?(?:\w+ ){0,4}(?:message |mail ?|inbound message )size",
            r"databytes",
            r"mailsize",
            r"message_too",
            r"too large for",
            r"zu gro(?:ß|ss)",
            r"taille (?:limite )?du message",
            r"larger than",
        ),
    ),
)

"""Forms of mailbox providers, carriers, gateways and hosts that follow no standard. Each names whose it is."""

from digest.delivery.feedback.forms.form import Form, form

PROVIDERS: tuple[Form, ...] = (
    form(
        "Gmail, before 2016",
        (r"delivery to the following recipients? (?:failed|has been)",),
        r"^[ \t]+@@[ \t]*$",
    ),
    form(
        "KDDI and au (ezweb.ne.jp, dion.ne.jp)",
        (
            r"ezweb\.ne\.jp",
            r"dion\.ne\.jp",
            r"au\.com",
            r"each of the following recipients",
            r"could not be delivered to:",
        ),
        r"(?:^|recipient:|delivered to:)[ \t]*<@>",
    ),
    form("Verizon Wireless", (r"vtext\.com", r"vzwpix", r"message details:"), r"rcpt to:[ \t]*@@"),
    form("Zoho", (r"zoho", r"invalid address, error_code"), r"^[ \t]*@@[ \t]+(?:invalid address|error)"),
    form("Mail.Ru", (r"\bmail\.ru",), r"^[ \t]+@@[ \t]*$"),
    form(
        "Trend Micro InterScan",
        (r"interscan",),
        r"(?:unable to deliver message to|sent to|recipient:?)[ \t]+@@",
    ),
    form(
        "McAfee, MX Logic and their like",
        (
            r"permanent error\.\s+the following address(?:es)? failed",
            r"--- (?:the )?(?:following|undelivered)",
        ),
        r"^[ \t]*@@:?",
    ),
    form(
        "Barracuda, SurfControl, MailMarshal, MessageLabs",
        (
            r"mailmarshal",
            r"surfcontrol",
            r"messagelabs",
            r"barracuda",
            r"your message could not be (?:sent|delivered)",
        ),
        r"^[ \t]*(?:recipient|to|failed recipient|for|users?|addressed to)?[ \t]*:?[ \t]*@@[ \t]*(?::|-|$|\()",
    ),
    form(
        "EarthLink and Vade",
        (r"delivery has failed to these recipients",),
        r"^[ \t]*\*?[ \t]*\[?@@\]?:?",
    ),
    form(
        "lists of recipients with a mark before each",
        (r"delivery (?:status|failure)", r"undeliver"),
        r"^[ \t]*[*-][ \t]+@@[ \t]*$",
    ),
)

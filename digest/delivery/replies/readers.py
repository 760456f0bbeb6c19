"""What servers say of the reader's mailbox: it is full, closed, or not there. Each rule names its source."""

from digest.delivery.replies.signs import Rule, Sign

RULES: tuple[Rule, ...] = (
    Rule(
        Sign.GREYLIST,
        "RFC 6647; Yahoo, GL01; Orange, veuillez essayer plus tard",
        (
            r"gr[ea]y.?list",
            r"\[GL\d\d\]",
        ),
    ),
    Rule(
        Sign.BUSY,
        "Google, https://support.google.com/mail/?p=ReceivingRate; "
        "Yandex, The recipient has exceeded message rate limit; Microsoft 365, 5.2.122",
        (
            r"receiving (?:mail|e-?mail|messages) (?:too|at a rate)",
            r"receivingrate",
            r"recipient(?: address|'s)?[ <>]*(?:has )?exceeded",
            r"receiv(?:e|ing) limit",
            r"ratelimit exceeded for mailbox",
        ),
    ),
    Rule(
        Sign.FULL,
        "RFC 5321 4.2.3 (552, exceeded storage allocation); RFC 3463 X.2.2; Google, OverQuota; "
        "Yandex, Mailbox size limit exceeded",
        (
            r"(?:mail ?box|inbox|mail ?folder|maildir|account|user|recipient|disk|storage|bo[iî]te|postfach"
            r"|casella|buz[oó]n|customer)\b.{0,50}(?:\bfull\b|over.?quota|quota|limit exe?ceeded|exceed"
            r"|out of (?:storage|space)|voll\b|pleine?\b|piena|llen[oa]|cheia|lotad)",
            r"full mail ?box",
            r"over.?quota",
            r"quota (?:is )?(?:exceeded|violation|full|usage)",
            r"exceed\w* .{0,20}(?:storage|quota|disk)",
            r"(?:insufficient|not enough|no|sufficient) (?:disk |storage |system )?(?:storage|space)",
            r"would exceed",
        ),
    ),
    Rule(
        Sign.CLOSED,
        "RFC 3463 X.2.1; Google, DisabledUser; Yahoo, 554.30 and delivery error: dd; "
        "NetEase and QQ, User suspended; Orange, OFR_418, 420, 426",
        (
            r"(?:mail ?box|user|recipient|address|inbox|account)\b.{0,40}\b(?:disabled|inactiv|deactivat"
            r"|discontinued|closed|expired|deleted|removed|frozen|archived|terminated|locked|suspended"
            r"|no longer (?:active|available|accept|in use|valid))",
            r"(?:disabled|inactive|expired|closed|suspended|deactivated) (?:mail ?box|user|recipient|account"
            r"|address)",
            r"due to (?:extended )?inactivity",
            r"temporar(?:y|ily) (?:locked|inactive|suspended)",
            r"(?:is )?not accepting (?:any )?(?:mail|messages)",
            r"not able to receive",
            r"user (?:is )?(?:suspend|reject|refus)",
            r"archiv[eé]e",
            r"\b(?:ofr|lpn|ouk)\w*[_-](?:417|418|420|426)\b",
        ),
    ),
    Rule(
        Sign.CLOSED,
        "Exchange Online, 5.7.124 to 5.7.136 (RestrictedToRecipientsPermission, SenderNotAuthenticatedForGroup); "
        "Facebook, RCP-P2",
        (
            r"restrictedtorecipients",
            r"notauthenticatedfor(?:group|mailbox)",
            r"resolver\.rst",
            r"recipient preferences",
            r"members.only",
            r"closed mailing list",
            r"not (?:a )?(?:member|subscribed)",
            r"(?:blocked|refused|rejected) by (?:the )?(?:recipient|user|addressee)",
            r"user rules",
            r"only accept\w* (?:mail|messages)",
            r"members of the group",
            r"does not accept (?:mail|messages|e-?mail)s? from (?:outside|external)",
        ),
    ),
    Rule(
        Sign.NOBODY,
        "RFC 5321 4.2.2 (550, 551, 553); Postfix, User unknown in ... table; Exim and cPanel, No Such User Here; "
        "Google, NoSuchUser; Domino, not listed in; Orange, OFR_416",
        (
            r"(?:user|recipient|mail ?box|address|account|alias)\b.{0,40}(?:unknown|(?<!may )not (?:found|exist|known"
            r"|here)|does ?n['’]?t exist|does not exist|invalid|no longer)",
            r"(?:unknown|invalid|no such|non.?existent) (?:or \w+ )?(?:user|recipient|mail ?box|address|local"
            r"|account|person|alias)",
            r"no mail ?box\b",
            r"nosuchuser",
            r"\b(?:ofr|lpn|ouk)\w*[_-]416\b",
            r"not listed in .{0,30}(?:directory|address book)",
        ),
    ),
    Rule(
        Sign.NOWHERE,
        "RFC 1035 4.1.1 (name error), RFC 7504, RFC 7505; Postfix, Host or domain name not found; "
        "Sendmail, Host unknown; qmail, couldn't find any host named; Yahoo, No mx record found; "
        "Exim, Unrouteable mail domain",
        (
            r"host (?:or domain name )?(?:is )?(?:unknown|not found)(?!.{0,60}try again)",
            r"(?:unknown|no such|non-?existent|bad) (?:host|domain)\b",
            r"domain (?:name )?(?:is )?(?:not found|unknown|does not exist|does ?n['’]t exist)",
            r"illegal host",
            r"nxdomain",
            r"domain\b.{0,80}does ?n['’]t receive (?:e-?)?mail",
            r"unroutea?ble mail domain",
            r"find any (?:host named|mail exchanger)",
            r"find a mail exchanger",
            r"no mx (?:record|host)s? (?:was |were |could be )?found",
            r"null ?mx",
            r"(?:host|server|domain)\b.{0,80}does not accept (?:any )?(?:e-?)?mail(?! from)",
        ),
    ),
    Rule(
        Sign.DOUBTFUL,
        "RFC 5321 4.2.2, mailbox unavailable; Exim, Unrouteable address; Cisco, Address rejected; "
        "Comcast, Not our Customer; Outlook.com, S2017062302",
        (
            r"mail ?box (?:name )?(?:unavailable|not (?:found|allowed|available))",
            r"unroutea?ble",
            r"undeliverable",
            r"not our customer",
            r"address(?:ee)? (?:rejected|unknown|is unknown|not)",
            r"recipient (?:unknown|reject|not|denied|verif|unrecogni[sz]ed|addresses rejected|refused)",
            r"no such",
            r"not a valid",
            r"does ?n['’]?t have an?\b",
            r"unknown\b",
            r"null ?mx",
            r"no mail-box",
            r"bad (?:destination|address)",
            r"isn['’]t a valid",
            r"permanent failure for one or more recipients",
            r"not an? (?:registered|known)",
            r"domain (?:not found|does not)",
            r"invalid (?:user|mail)",
            r"denied$",
            r"no route",
            r"host not found",
            r"could not be delivered",
            r"has moved",
            r"not accept(?:ing)? (?:network )?messages",
            r"does not accept mail",
            r"user doesn",
        ),
    ),
    Rule(
        Sign.DOUBTFUL,
        "the same in other languages, as T-Online, Orange, La Poste, Libero, Wanadoo, Onet and others say it",
        (
            r"unbekannt",
            r"nicht (?:gefunden|erreichbar|bekannt|vorhanden|verf)",
            r"existiert nicht",
            r"inconnu",
            r"n.existe pas",
            r"inexistant",
            r"introuvable",
            r"invalide",
            r"desconocid",
            r"no existe",
            r"n[aã]o existe",
            r"inexistente",
            r"sconosciut",
            r"inesistente",
            r"non esiste",
            r"onbekend",
            r"bestaat niet",
            r"nie istnieje",
            r"nieznan",
            r"tuntematon",
            r"ok[äa]nd",
            r"ukendt",
            r"ukjent",
            r"не найден",
            r"не существует",
            r"неизвест",
            r"不存在",
            r"存在しません",
        ),
    ),
)

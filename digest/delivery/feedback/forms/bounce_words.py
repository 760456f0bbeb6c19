"""Whether a mail server tells that a mail failed: by its name, its subject, and phrases of nine languages."""

import re

from digest.delivery.feedback.letter import Letter
from digest.delivery.feedback.phrases import any_in_lower

_SENDER = any_in_lower(
    r"mailer-?daemon|post_?master|mail[ ._-]?delivery|delivery (?:sub)?system|mail ?system|mail[_-]?server",
    r"(?:mail|system) administrator|mdaemon|gateway|antivirus|double-?bounce|delivery (?:failure|notif)",
    r"^\W*(?:root|admin(?:istrator)?|mmdf|mailadmin|bounces?|smtp|daemon)@",
    r"^\W*<?>?\W*$",
)
_SUBJECT = any_in_lower(
    # English
    r"undeliver|returned (?:mail|to sender|message)|mail returned|return(?:ing)?(?: message)? to sender",
    r"failure (?:notice|delivery|notification)|fail\w* (?:to )?(?:mail |delivery|deliver)",
    r"deliver\w* (?:\w+ )?(?:fail|problem|error|status|report|notif|has (?:been )?(?:fail|delay))",
    r"mail (?:delivery |system )?(?:fail|error|warning|could not)|warning: (?:message|could)",
    r"could ?n[o']t (?:be )?(?:send|sent|deliver)|not (?:be )?deliver|bounced?\b|delayed (?:mail|\d)",
    r"(?:error|problem|trouble) (?:sending|delivering|in|with) (?:your )?(?:mail|message)",
    r"rejected (?:mail|message)|user unknown|unknown user|non[ -]?delivery|loop alert",
    # German, French, Italian, Spanish, Portuguese, Polish, Russian
    r"unzustellbar|nicht zustellbar|unzustell|zustell\w*(?:fehl|problem|bericht)",
    r"non[ -]?(?:remis|distribu|livr)|[ée]chec",
    r"non (?:recapita|consegna)|mancata consegna",
    r"no (?:se pudo|entregad)|devuelto",
    r"n[aã]o (?:foi )?entreg|devolv|n[aã]o pode ser entreg",
    r"niedostarcz|nie (?:mo[zż]e|zosta[lł])|zwrot",
    r"не доставлен|недоставл|доставк|невозможно доставить|возвра",
    # Japanese, Chinese
    r"(?:配信|送信)(?:でき|エラー|不能)|メールエラー|エラー(?:メール|通知)|未達|届け|届き",
    r"不达|无法(?:投递|送达)|退信|退回|投递失败|無法傳遞",
)
_TOLD = any_in_lower(
    # English
    r"could ?n[o'’]t be (?:delivered|sent|reached|found)|undeliver|non-?delivery",
    r"(?:can ?not|can't|unable to|was(?: not|n['’]t) able to|could(?:n['’]t| not)|failed to|did not|trouble|error)"
    r" (?:be )?(?:deliver|reach|send|process|forward|relay|transfer)",
    r"delivery (?:to|of|has|failed|attempts?|problem|status|failure)",
    r"(?:address|recipient|user|mailbox|account)(?:\(?e?s\)?)?\b.{0,60}\b(?:failed|fatal|unknown|rejected|refused"
    r"|full|exceed|over ?quota|disabled|unavailable|does ?n['o’]t? exist|invalid"
    r"|not (?:known|found|exist|listed|accept|available))",
    r"(?:has been|was|is|being) (?:returned|bounced|delayed|postponed|rejected)",
    r"permanent (?:error|failure|fatal)|returned (?:mail|to|message)|mailbox (?:is )?full",
    r"no such (?:user|address|mailbox|recipient|person)",
    r"(?:unknown|invalid|inactive|nonexistent)(?: \w+){0,3} (?:user|recipient|address|account|mailbox)",
    r"\b[45]\d\d[ -][45]\.\d\.\d|\b5\d\d \S.{0,60}(?:user|mailbox|recipient|address|reject|unknown|denied)",
    r"message (?:could|was|cannot|has) .{0,20}(?:not|be) (?:sent|deliver)|duplicated message-id",
    # German, French, Italian, Spanish, Portuguese, Polish, Russian
    r"nicht (?:zugestellt|ausgeliefert|[uü]bermittelt|zustellbar)|unzustellbar|unbekannt",
    r"n['’]a(?:vons)? p(?:as|u).{0,40}(?:distribu|livr|remis|achemin|d[ée]livr)",
    r"pas [ée]t[ée] (?:distribu|livr|remis|envoy)|adresse.{0,30}(?:inconnu|introuvable)",
    r"non (?:[eè] stato|ha potuto|pu[oò]).{0,30}(?:consegn|recapit|inviat)",
    r"no (?:se )?(?:ha )?(?:pudo|podido|puede).{0,30}(?:entreg|enviar)",
    r"n[aã]o (?:p[oôu]de|foi|pode).{0,30}(?:entreg|envia)",
    r"nie (?:mo[zż]na|zosta[lł]|uda[lł]o).{0,30}dostarcz",
    r"не (?:может быть|было|удалось|удается).{0,30}(?:доставл|отправл)|не доставлен",
    # Japanese, Chinese
    r"(?:配信|送信)でき|届けでき|届きません|存在しません",
    r"无法(?:投递|送达|发送|将)|投递失败|退回|不存在|無法(?:傳遞|投遞|送達)",
)
_DELAYED = any_in_lower(
    r"\b(?:delivery|delivered|message|mail)\b.{0,80}\b(?:delayed|postponed|deferred)\b",
    r"(?:has|have) not (?:yet )?been delivered|still being (?:re)?tr(?:ied|ying)|warning (?:message )?only",
    r"will (?:continue|be (?:re-?)?(?:tried|attempted|made)|keep (?:on )?trying|retry)",
    r"(?:attempts|retries) will|(?:it|message) will be retried|you do not need to resend",
    r"no action is required on your part",
    r"wird weiterhin|sera retent|再送を(?:試み|繰り返|行い)|продолжит",
)
_FINAL = any_in_lower(
    r"permanent (?:error|fatal|failure)|failed permanently|giv(?:e|en|ing) up|not going to try again",
    r"will (?:be deleted|not (?:try|retry|be retried|be tried))|has been (?:removed|deleted) from",
    r"returned to sender|was not delivered|delivery has failed|no further attempts",
)
_ANSWERED = re.compile(r"\s*(?:re|aw|fwd?|sv|wg)\s*:", re.I)
_NULL = ("<>", "<MAILER-DAEMON>")


def head(letter: Letter) -> str:
    """Return what a form's sign is searched in: sender, subject, the mailer, the words."""
    mail = letter.mail
    return "\n".join((mail.words("from"), mail.words("subject"), mail.first("x-mailer"), letter.words))


def from_a_server(letter: Letter) -> bool:
    """Return whether a mail server tells that a mail failed: two of sender, subject and words say so."""
    mail = letter.mail
    if mail.first("x-failed-recipients") or letter.status:
        return True
    subject = mail.words("subject")[:300]
    speaks = (
        _SENDER.search(mail.words("from").lower()) is not None or mail.first("return-path").strip() in _NULL
    )
    if not speaks and _ANSWERED.match(subject) and mail.first("in-reply-to"):
        return False
    says = _SUBJECT.search(subject.lower()) is not None
    return (speaks or says) and ((speaks and says) or _TOLD.search(letter.words[:6_000].lower()) is not None)


def delayed(letter: Letter) -> bool:
    """Return whether the report says that the server still tries."""
    told = f"{letter.mail.words('subject')}\n{letter.words[:6_000]}".lower()
    return _DELAYED.search(told) is not None and _FINAL.search(told) is None

"""Words that subscriber lists use for a reader's status, by language and meaning; data, and nothing else.

Phrases are separated by `|` and compared without case, accents and marks (`phrases.tokens`). A word that
several languages share is there once. What is not here has no meaning: a row that says it is skipped and reported.

Why: docs/design-notes.md, "Words of a status are a table of our own".
"""

from subscribers.transfer.vocabulary import asian, eastern, northern, western
from subscribers.transfer.vocabulary.sense import Sense

__all__ = ["FALSE", "LANGUAGES", "NOT", "ONLY_OF_MAIL", "TRUE", "Sense"]

LANGUAGES = western.LANGUAGES | northern.LANGUAGES | eastern.LANGUAGES | asian.LANGUAGES

TRUE = (
    "yes|true|1|1.0|-1|y|t|x|on|ja|j|oui|o|vrai|v|si|sí|s|verdadero|sim|verdadeiro|vero|wahr|waar|sant|"
    "sand|kyllä|tosi|tak|prawda|ano|áno|pravda|igen|igaz|da|adevărat|да|истина|так|правда|taip|jā|jah|"
    "evet|doğru|ναι|αληθές|αληθής|כן|אמת|نعم|صحيح|是|真|有|はい|예|네|ya|có|đúng|✓|✔|✅|☑|checked|"
    "selected"
)

FALSE = (
    "no|false|0|0.0|0.00|n|f|non|faux|nein|falsch|nee|onwaar|não|nao|falso|nej|falskt|falsk|usant|"
    "usann|nei|ei|epätosi|nie|fałsz|ne|nepravda|nem|hamis|nu|fals|нет|ложь|ні|неправда|не|hayır|yanlış|"
    "όχι|ψευδές|ψευδής|לא|שקר|لا|خطأ|否|假|无|無し|いいえ|아니요|아니오|tidak|không|✗|✘|❌|☐|unchecked|"
    "keine|kein|geen|ingen|nope|none given"
)

NOT = (
    "not|no|non|pas|nicht|kein|keine|nie|niet|geen|não|nao|ikke|inte|ej|ei|не|няма|δεν|μη|לא|غير|nu|ne|"
    "nem|brak|senza|sin|ohne|sans"
)
"""Words that turn the one after them into its opposite."""

ONLY_OF_MAIL = (
    "unsub|optout|optedout|notopted|nolongersub|notsub|nonsub|neversub|abgemeldet|abmeldung|abbestell|"
    "ausgetragen|abonniert|desabon|desinscri|desuscri|desubscri|dessub|dadodebaja|dadadebaja|"
    "descadastr|disiscri|uitgeschreven|afgemeld|avprenum|avregistr|avanmald|afmeldt|frameldt|avmeldt|"
    "meldtav|wypisa|wyrejestr|odhlas|leiratkoz|dezabon|отписа|відписа|не подписан|odjavlj|abonelikten|"
    "απεγγρ|ביטל מנוי|לא לשלוח|ألغى الاشتراك|إلغاء الاشتراك|退订|退訂|取消订阅|取消訂閱|購読解除|"
    "配信停止|受信拒否|수신거부|구독취소|구독해지|berhentiberlangganan|huydangky|nomail|noemail|"
    "nonewsletter|keinenewsletter|keinnewsletter|keinemail|keineemail|geenmail|bounce|bounct|"
    "unzustellbar|rebot|rebond|rimbalz|undeliverable|nedorucitel|退信|バウンス|complain|spam|"
    "beschwerde|donotcontact|donotmail|donotemail|donotsend|dnc|nevermail|neveremail|nevercontact|"
    "blacklist|blocklist|suppress|sperrliste|werbesperre|kontaktsperre|nichtkontaktieren|"
    "nichtanschreiben|listenoire|nepascontacter|listanegra|nocontactar|nocontatar|listanera|"
    "noncontattare|zwartelijst|svartlist|sortlist|czarnalista|cernalistina|черныйсписок|стоплист|"
    "רשימהשחורה|黑名单|ブラックリスト|블랙리스트|cleaned|consentwithdrawn|einwilligungwiderrufen"
)
"""Parts of words that speak of mail alone: what they say holds in a column of any heading."""

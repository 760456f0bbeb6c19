"""What a column is, by its heading: the words that exports use for it, in many languages."""

import re
from enum import StrEnum
from typing import NamedTuple

from subscribers.transfer.entry import ImportStatus
from subscribers.transfer.phrases import AFFIRMATIVE, STATUS, normalized, senses, tokens
from subscribers.transfer.vocabulary import Sense

_HEADINGS = {
    "address": (
        "emailaddress email mail emailaddr subscriberemail contactemail useremail primaryemail "
        "emailaddress1 "
        "adresseemail adressemail adressedemail adresseelectronique courriel correo correoelectronico "
        "direcciondecorreo direcciondeemail enderecodeemail emailadresse mailadresse epost "
        "epostadress epostadresse "
        "indirizzoemail postaelettronica sahkoposti sahkopostiosoite adresemail adrese email "
        "eposta epostaadresi "
        "emailcim elektronickaposta emailova emailovaadresa adresaemail adrespocztyelektronicznej "
        "דואל דוארלקטרוני דואראלקטרוני מייל אימייל כתובתמייל כתובתאימייל כתובתדואל כתובתדוארלקטרוני "
        "البريدالالكتروني البريدالإلكتروني بريد почта электроннаяпочта адресэлектроннойпочты имейл "
        "ηλεκτρονικοταχυδρομειο "
        "メールアドレス メール 邮箱 电子邮件 邮件地址 電子郵件 이메일 이메일주소"
    ),
    "first_name": (
        "firstname fname givenname prenom vorname nombres fornavn fornamn etunimi imie jmeno "
        "keresztnev prenume voornaam "
        "ad שםפרטי имя الاسمالاول 名"
    ),
    "last_name": (
        "lastname lname surname familyname nomdefamille nom nachname familienname apellido "
        "apellidos sobrenome cognome "
        "achternaam etternavn efternavn efternamn sukunimi nazwisko prijmeni vezeteknev soyad "
        "שםמשפחה фамилия 姓"
    ),
    "name": (
        "name fullname displayname contactname subscribername nomcomplet nomprenom nometprenom nombre "
        "nombrecompleto nome nomecompleto naam namn navn nimi nev gecos realname שם שםמלא الاسم 氏名 "
        "姓名 이름 nickname"
    ),
    "tags": "tags labels segments tag label groups etiquettes etiquetas tagi schlagworte תגיות",
    "language": "language lang locale langue sprache idioma lingua taal sprak jezyk jazyk שפה язык",
    "created_at": (
        "createdat optintime optinat optindate optints optintimestamp doiat doubleoptinat "
        "subscribedat subscribedon "
        "subscribeddate subscriptiondate datesubscribed subscribedate subscribetime "
        "subscriptiontime signupdate "
        "signupdateutc signuptime signedup signedupat joinedat joined dateadded joindate joinedon "
        "addedtime addedat addedon "
        "datecreated created createddate creationdate createdon registered registeredat "
        "dateregistered registrationdate "
        "registrationtime datejoined memberdate membersince subscriberdate entered entrydate "
        "consentdate consentat consentedat consenttime consenttimestamp "
        "emailmarketingconsenttimestamp consenton "
        "dateinscription datedinscription inscritle datedecreation dateajout datedajout "
        "dateabonnement datedabonnement "
        "abonnele startdate dateofsubscription timestamp "
        "fechadealta fechaalta fechadesuscripcion fechadecreacion fechasuscripcion fechaderegistro "
        "fechainscripcion "
        "anmeldedatum anmeldungam angemeldetam angemeldet erstelltam erstellt registriertam "
        "registrierungsdatum "
        "eingetragenam abonniertam datum dabonnement hinzugefugtam importiertam eintragsdatum "
        "aufnahmedatum "
        "datadeinscricao datadecadastro datadecriacao inscritoem criadoem cadastradoem "
        "datadiiscrizione dataiscrizione iscrittoil dataregistrazione datacreazione creatoil "
        "aanmelddatum inschrijfdatum ingeschrevenop aangemeldop aangemaaktop registreringsdatum "
        "prenumererarsedan "
        "skapad oprettet tilmeldt tilmeldtdato pameldt pameldtdato opprettet liittymispaiva "
        "tilauspaiva luotu "
        "datazapisu zapisany datarejestracji datasubskrypcji dataprihlaseni prihlasenod "
        "datumregistrace vytvoreno "
        "feliratkozasdatuma feliratkozasideje letrehozva datainscrierii dataabonarii дата "
        "датаподписки датарегистрации "
        "датадобавления датапідписки aboneliktarihi kayittarihi olusturulma תאריךהרשמה נוצר登録日 "
        "登録日時 登録日 订阅时间 "
        "注册时间 创建时间 订阅日期 구독일 가입일 등록일"
    ),
    "confirmed_at": (
        "confirmtime confirmedat confirmationtime dateconfirmed confirmeddate confirmationdate "
        "optinconfirmedat activated "
        "activatedat activationdate confirmedon confirmedtime doiconfirmedat verifiedat "
        "emailverifiedat bestatigtam "
        "bestatigungsdatum confirmele datedeconfirmation confirmadoel fechadeconfirmacion "
        "confermatoil bevestigdop "
        "datapotwierdzenia датаподтверждения doidate doitime doubleoptindate doubleoptintime"
    ),
}
NAMES = {field: tuple(words.split()) for field, words in _HEADINGS.items()}


def _set(words: str) -> frozenset[str]:
    return frozenset(normalized(word) for word in words.split())


_STATUS = _set(
    "status statut estado estatus stato stan stav allapot statusz staat toestand zustand tila "
    "durum durumu κατασταση "
    "статус состояние стан סטטוס מצב الحالة حالة 状态 狀態 ステータス 状態 상태 seisund busena statuss stare "
    "situacao situation "
    "etat state standing permission consent subscription membership"
)
AMBIGUOUS = _set("state estado stato staat etat stan stav stare situacao situation subscription membership")
"""Headings of a status that are as often those of something else, a federal state above all."""
_DATES = _set(
    "at on date dates time timestamp datetime when since ts am datum zeit zeitpunkt uhrzeit le du "
    "jour fecha hora el data em "
    "il giorno op dato tid tidspunkt paiva paivamaara aika dzien dnia kdy datuma ideje tarih "
    "tarihi ημερομηνια дата время "
    "תאריך مועד تاريخ 日時 日期 时间 時間 날짜 일자 일시 utc"
)
_REASONS = _set(
    "reason reasons cause grund raison motif motivo powod reden arsag anledning причина סיבה "
    "comment feedback "
    "source method via by campaign title"
)
_KINDS = _set("type types typ tipo category categorie kind class klasse art soort reason code classification")
_OTHERS = _set(
    "sms phone phones telephone telefon mobile call calls fax push whatsapp mms voice viber "
    "messenger telegram url urls link "
    "links lien enlace hash token key page uri id ids uid uuid count counts number numbers nb num "
    "anzahl rate total totals "
    "score rating plan tier payment payments billing stripe order orders trial price revenue ip "
    "lead sent opens clicks html"
)
"""Words that make of a heading something else: another channel, a link, a number, money."""
_NEUTRAL = _set(
    "e email emails mail mails is has was are flag newsletter newsletters marketing subscriber "
    "subscribers contact contacts "
    "user member members recipient person address this the to of for from all any my our in by "
    "your account system global "
    "list liste lists yes no ja nein oui non si y n ist hat est account current currently general "
    "preference info "
    "abonnent abonnement abonné empfanger kontakt suscriptor suscripcion inscripcion inscricao "
    "iscrizione contatto contato "
    "usuario utilisateur benutzer nutzer zum zur fur der die das den des dem de du le la el les "
    "los las un une und et y e "
    "d l anmeldung abo inskription subscription newsletters inschrijving bei per von auf manually "
    "manual subscribed via form source group delivery express sub opt double daily weekly "
    "wöchentlich"
)
_CONSENTS = _set(
    "consent gdprconsent emailconsent marketingconsent permission emailpermission "
    "marketingpermission emailmarketingconsent "
    "acceptsmarketing acceptsemailmarketing acceptsemail acceptsnewsletter accepts agreed agree "
    "allowsemail allowemail "
    "allowmail mailallowed emailallowed mailingallowed newsletter newsletteroptin "
    "newsletterconsent newslettersubscription "
    "receivenewsletter receivesnewsletter receiveemails receiveemail receivesemail wantsnewsletter "
    "wantsemail sendnewsletter "
    "sendemail marketing emailmarketing mailing mailings einwilligung zustimmung "
    "newsletterempfanger newslettererlaubnis "
    "erlaubnis werbeerlaubnis werbeeinwilligung newsletterja dsgvo dsgvoeinwilligung consentement "
    "accord consentementrgpd "
    "rgpd recevoirlanewsletter consentimiento consentimento aceptapublicidad aceita aceitaemail "
    "aceptaemail consenso "
    "consensoprivacy toestemming samtykke samtycke nyhetsbrev nyhedsbrev nieuwsbrief uutiskirje "
    "zgoda zgodanaemail souhlas "
    "hozzajarulas consimtamant согласие рассылка izin eposteizni συγκαταθεση הסכמה ניוזלטר דיוור ניוזלטרים "
    "subscribedtoemails mailable mailingok optinstatus optinemail emailoptin wantsemails "
    "同意 订阅 購読希望 수신동의 동의"
)
"""Headings that ask whether mail may be sent, without a word that is a status itself."""
_PEOPLE = _set(
    "referrer referred referral referredby owner sender manager assistant creator createdby "
    "modifiedby updatedby replyto from "
    "parent rep agent sales salesperson inviter invitedby betreuer zustandig bearbeiter friend "
    "spouse supervisor unsubscribe"
)
_MAIL = _set(
    "email mail emails courriel correo epost eposta mailadresse emailadresse emailadres sahkoposti "
    "почта имейл "
    "דואל אימייל מייל メール 邮箱 이메일"
)


class Kind(StrEnum):
    """How a column's cells say a status."""

    STATE = "state"  # in a word
    BAD = "bad"  # yes: it is so (Unsubscribed, Opt-Out, Bounced)
    GOOD = "good"  # no: it is so (Subscribed, Active, Opt-in)
    OPT_IN = "opt-in"  # as GOOD, if all cells of the column are yes or no (Newsletter)
    WHEN = "when"  # anything: it has happened (Unsubscribed at, Unsubscribe reason)
    BOUNCE = "bounce"  # hard or soft
    NOTHING = "nothing"  # whatever its cells say: it is about money, a number, another channel than mail
    WORDS = "words"  # of no known heading, but some cells are words that are only said of mail


class Role(NamedTuple):
    """What a column tells; *status* is that of a row for which it is so."""

    kind: Kind
    status: ImportStatus = ImportStatus.UNSUBSCRIBED


_IGNORED = _set(
    "activesubscription hasactivesubscription complimentaryplan unsubscribelink unsubscribeurl "
    "leadstatus orderstatus "
    "paymentstatus maritalstatus lifecyclestage stripestatus employmentstatus "
    "marketingcontactstatus ispublished"
)


_GONE, _DEAD = Role(Kind.WHEN), Role(Kind.WHEN, ImportStatus.BOUNCED)
_EXACT = {
    **dict.fromkeys(
        _set(
            "abmeldedatum abmeldezeit abmeldezeitpunkt abmeldegrund austragedatum austragungsdatum "
            "austragezeitpunkt "
            "kundigungsdatum widerrufsdatum widerrufam uitschrijfdatum afmelddatum "
            "avregistreringsdatum afmeldingsdato "
            "afmeldtdato avmeldingsdato frameldingsdato peruutuspaiva poistumispaiva stoptime 退会日 解除日 解除日時 "
            "配信停止日 退订时间 退订日期 取消订阅时间 解約日 수신거부일 해지일 탈퇴일 구독취소일"
        ),
        _GONE,
    ),
    **dict.fromkeys(
        _set("cleantime cleandate cleancampaigntitle bouncedatum bouncedate bouncetime 退信时间 반송일"),
        _DEAD,
    ),
    **dict.fromkeys(
        _set("sperrdatum sperrgrund gesperrtam sperrdatum"), Role(Kind.WHEN, ImportStatus.SUPPRESSED)
    ),
    **dict.fromkeys(_set("loschdatum"), Role(Kind.WHEN, ImportStatus.DELETED)),
    "stopstatus": Role(Kind.BAD),
    "bouncetyp": Role(Kind.BOUNCE, ImportStatus.BOUNCED),
    "bounceart": Role(Kind.BOUNCE, ImportStatus.BOUNCED),
}
_OF_MONEY = re.compile(
    "(lead|order|payment|kunden?|zahlungs|bestell|ehe|familien|marital|customer|vip|stripe|employment)status"
)


def role(heading: str) -> Role | None:
    """Return what the column *heading* says of a reader's status; None where that is nothing."""
    words, whole = tokens(heading), normalized(heading)
    if whole in _EXACT:
        return _EXACT[whole]
    if whole in _IGNORED or _OF_MONEY.fullmatch(whole):
        return Role(Kind.NOTHING)
    if len(words) == 1 and re.fullmatch(".{2,16}(status|statut)", whole):
        return Role(Kind.STATE)
    if whole in _CONSENTS:
        return Role(Kind.OPT_IN)
    found, left = senses(words)
    if _OTHERS & set(words) and not any(word in _MAIL for word in words):
        return Role(Kind.NOTHING)
    if not found:
        known = _STATUS & set(words)
        return Role(Kind.STATE) if known and _only(words, _STATUS) else None
    return _sensed(found, left, words)


def _only(words: list[str], known: frozenset[str]) -> bool:
    return all(word in known or word in _NEUTRAL or word.isdecimal() for word in words)


def _sensed(found: list[Sense], left: list[str], words: list[str]) -> Role | None:
    """Return what a heading tells that has a word of a status in it."""
    bad = [sense for sense in found if sense not in AFFIRMATIVE and sense is not Sense.SOFT]
    if not bad:
        if Sense.SOFT in found or not _only(left, _STATUS):
            return None
        status = ImportStatus.PENDING if Sense.CONFIRMED in found else ImportStatus.UNSUBSCRIBED
        return Role(Kind.GOOD, status)
    gravest = max(bad, key=tuple(Sense).index)
    status = STATUS[gravest]
    if gravest is Sense.BOUNCE and "hard" not in words and _KINDS & set(words):
        return Role(Kind.BOUNCE, status)
    if _REASONS & set(left) or (_DATES & set(words) and gravest is not Sense.PENDING):
        return Role(Kind.WHEN, status)
    return Role(Kind.BAD, status)


def of_another(heading: str) -> bool:
    """Return whether a column of addresses is about somebody else: who referred the reader, who looks after them."""
    return bool(_PEOPLE & {*tokens(heading), normalized(heading)})


def of_mail(heading: str) -> bool:
    """Return whether the heading speaks of a mail address."""
    return normalized(heading) in NAMES["address"] or bool(_MAIL & set(tokens(heading)))

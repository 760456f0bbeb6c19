"""Words of a reader's status: English, German, French, Spanish, Portuguese, Italian, Dutch, Catalan."""

from subscribers.transfer.vocabulary.sense import B, C, D, F, J, N, P, Sense, T, X, Y

LANGUAGES: dict[str, dict[Sense, str]] = {
    "en": {
        Y: "subscribed|active|activ|enabled|opted in|opt in|live|valid|sub",
        C: "confirmed|verified|activated|double opt in|doi",
        T: "soft bounce|soft bounced|soft bounces|temporarily undeliverable|transient bounce|"
        "temporary bounce|mailbox full|over quota|greylisted|temporary failure|temp fail",
        P: "pending|unconfirmed|unverified|not yet confirmed|needs confirmation|awaiting confirmation|"
        "waiting for confirmation|waiting confirmation|waiting|awaiting|confirmation sent|"
        "confirmation pending|pending confirmation|opt in pending|invited|invitation sent|requested|"
        "validating|unactivated|not activated|to confirm|to be confirmed|to be verified|"
        "awaiting verification|awaiting opt in",
        F: "inactive|disabled|disable email|disable mail|deactivated|cancelled|canceled|"
        "cancelled by user|paused|on hold|held|hold|suspended|archived|closed|expired|stopped|off|"
        "ended|terminated|dormant|disengaged|unengaged|lapsed|former|churned|left|quit|resigned|"
        "removed|inactivated|not enabled",
        N: "unsubscribed|unsubscribe|unsubscribes|unsub|unsubs|unsubscriber|unsubbed|unsubscription|"
        "desubscribed|opted out|opt out|opts out|no longer subscribed|never subscribed|non subscribed|"
        "nonsubscribed|notsubscribed|signed off|sign off|signoff|consent withdrawn|withdrawn|"
        "withdrew consent|revoked|consent revoked|no consent|no permission|declined|refused|objected|"
        "no mail|nomail|no mails|no email|no emails|no newsletter|no newsletters|excluded|"
        "excluded from campaigns|not opted in|globally unsubscribed|list unsubscribe|unregistered|"
        "deregistered|left the list|rejected consent|consent denied|denied",
        D: "deleted|erased|forgotten|gdpr deleted|purged|trashed",
        B: "bounced|bounce|bouncing|hard bounce|hard bounced|hard bounces|permanent bounce|"
        "permanently bounced|cleaned|undeliverable|undelivered|undeliverable email|unreachable|"
        "not reachable|invalid|invalid email|invalid address|invalid email address|not valid|"
        "nonexistent|non existent|does not exist|unknown user|user unknown|no such user|"
        "mailbox not found|not deliverable|not delivered|delivery failed|permanent failure|bad address|"
        "bad email|dead|failed|disabled by bounces|needs attention|email not found",
        J: "complained|complaint|complaints|complainer|spam|spam complaint|spam complaints|spam report|"
        "spam reported|spam reporter|reported spam|reported as spam|marked as spam|marked spam|"
        "mark as spam|abuse|abuse complaint|abuse report|abused|junk|junked|fbl|feedback loop|reported",
        X: "suppressed|suppression|suppressions|suppress|suppression list|global suppression|"
        "user suppressed|blocked|block|block listed|blocklisted|black listed|blacklisted|blocklist|"
        "blacklist|deny listed|denylisted|banned|do not contact|do not mail|do not email|do not e mail|"
        "do not send|do not market|dnc|dnm|donotcontact|donotemail|donotmail|do not bulk email|"
        "never contact|never mail|never email|never send|never write|spam trap|spamtrap|honeypot|"
        "not allowed|disallowed|opted out forever",
    },
    "de": {
        Y: "aktiv|aktive|aktiver|aktives|abonniert|angemeldet|eingetragen|eingeschrieben|"
        "freigeschaltet|aktiver empfänger|abonnent aktiv|zugelassen|einwilligung erteilt|zugestimmt|"
        "eingewilligt|empfängt",
        C: "bestätigt|bestaetigt|verifiziert|aktiviert|bestätigter empfänger",
        T: "softbounce|vorübergehend unzustellbar|postfach voll|temporär unzustellbar",
        P: "unbestätigt|unbestaetigt|ausstehend|wartend|wartet|wartet auf bestätigung|offen|"
        "in bearbeitung|angefragt|bestätigung ausstehend|bestätigung offen|eingeladen|schwebend|"
        "warte auf bestätigung|unverifiziert|vorgemerkt",
        F: "inaktiv|inaktive|deaktiviert|pausiert|pause|gekündigt|gekuendigt|storniert|ruhend|beendet|"
        "abgelaufen|stillgelegt|ausgesetzt|archiviert|ehemalig|ausgeschieden|ausgetreten|aus",
        N: "abgemeldet|abmeldung|ausgetragen|austragung|abbestellt|abbestellung|nicht mehr abonniert|"
        "widerrufen|widerruf|widersprochen|widerspruch|abgelehnt|keine einwilligung|keine mails|"
        "keine mail|keine e mails|keine e mail|kein newsletter|keine newsletter|keine werbung|"
        "deabonniert|ausgeschrieben|keine zustimmung|kein versand|kein mailing|kein mailversand|"
        "newsletter abgemeldet|einwilligung widerrufen|entfernt|einwilligung entzogen|nein danke|"
        "verweigert",
        D: "gelöscht|geloescht|loeschung",
        B: "gebounct|gebounced|bounct|hardbounce|hardbounced|unzustellbar|nicht zustellbar|ungültig|"
        "ungueltig|unerreichbar|nicht erreichbar|fehlerhaft|ungültige adresse|unbekannt verzogen|"
        "adresse ungültig|rückläufer",
        J: "beschwerde|spam beschwerde|beschwert|spam gemeldet|als spam markiert|als spam gemeldet|"
        "spammeldung",
        X: "gesperrt|blockiert|sperrliste|auf sperrliste|robinson|robinsonliste|nicht kontaktieren|"
        "nicht anschreiben|nicht mehr anschreiben|nicht mailen|kontaktsperre|werbesperre|mailsperre|"
        "geblockt|verbannt|unterdrückt|schwarze liste|blackliste|keine kontaktaufnahme|"
        "kontakt verboten|sperre|versandsperre",
    },
    "fr": {
        Y: "abonné|abonnée|abonnés|inscrit|inscrite|actif|active|activé|souscrit|consentement donné|accepté",
        C: "confirmé|confirmée|vérifié|vérifiée|validé|validée",
        T: "rebond temporaire|rebond soft|rebond doux|boîte pleine|erreur temporaire",
        P: "en attente|en attente de confirmation|à confirmer|en cours|non vérifié|non validé|invité|"
        "attente confirmation",
        F: "inactif|inactive|désactivé|désactivée|suspendu|suspendue|en pause|annulé|annulée|résilié|"
        "résiliée|archivé|expiré|arrêté|retiré|clos|clôturé",
        N: "désabonné|désabonnée|désabonnés|désabonnement|désinscrit|désinscrite|désinscription|"
        "plus abonné|pas abonné|opposé|opposition|refus|refusé|retrait du consentement|"
        "consentement retiré|pas de mail|aucun mail|pas d email|ne souhaite plus|exclu|exclue|"
        "sans consentement|pas de consentement|jamais abonné",
        D: "supprimé|supprimée|effacé|effacée",
        B: "rebond|rebondi|rebond dur|rebond définitif|npai|adresse invalide|invalide|non distribuable|"
        "non délivrable|injoignable|erroné|erronée|adresse erronée|non distribué|inexistant|en erreur|"
        "hard bouncé",
        J: "plainte|plaintes|plaignant|signalé comme spam|marqué comme spam|signalement spam|indésirable",
        X: "bloqué|bloquée|liste noire|sur liste noire|ne pas contacter|ne plus contacter|"
        "ne pas écrire|banni|bannie|blacklisté|blacklistée|interdit|liste d opposition|"
        "liste de suppression|ne pas envoyer|ne plus envoyer",
    },
    "es": {
        Y: "suscrito|suscrita|subscrito|subscripto|suscripto|activo|activa|inscrito|inscrita|"
        "habilitado|dado de alta|alta|de alta|suscriptor activo",
        C: "confirmado|confirmada|verificado|verificada",
        T: "rebote suave|rebote temporal|rebote blando|buzón lleno",
        P: "pendiente|sin confirmar|por confirmar|en espera|pendiente de confirmación|invitado|"
        "esperando confirmación",
        F: "inactivo|inactiva|desactivado|desactivada|deshabilitado|pausado|pausada|suspendido|"
        "suspendida|archivado|caducado|en pausa|cerrado|finalizado",
        N: "cancelado|cancelada|desuscrito|desuscrita|desuscripto|desubscrito|baja|dado de baja|"
        "dada de baja|de baja|se dio de baja|anulado|anulada|ya no suscrito|rechazado|revocado|"
        "sin consentimiento|no desea|no enviar correo|dessuscrito|cancelación|retirado|exento|excluido",
        D: "eliminado|eliminada|borrado|borrada|suprimido",
        B: "rebotado|rebotada|rebote|rebote duro|rebote permanente|inválido|no válido|devuelto|"
        "inalcanzable|no entregable|erróneo|inexistente|dirección inválida|correo inválido",
        J: "queja|denuncia|denunciado|quejas|marcado como spam|reportado como spam|correo no deseado",
        X: "bloqueado|bloqueada|lista negra|en lista negra|no contactar|no enviar|no molestar|vetado|"
        "lista de exclusión",
    },
    "pt": {
        Y: "inscrito|inscrita|ativo|ativa|assinante|assinado|subscrito|habilitado",
        C: "confirmado|confirmada|verificado",
        P: "pendente|aguardando|aguardando confirmação|por confirmar|em espera|a confirmar|convidado",
        F: "inativo|inativa|desativado|desativada|desabilitado|suspenso|pausado|arquivado|expirado|encerrado",
        N: "descadastrado|descadastrada|descadastro|cancelado|cancelada|desinscrito|desinscrita|"
        "dessubscrito|cancelou inscrição|cancelou|inscrição cancelada|removido|removida|não inscrito|"
        "optou por sair|saiu|descadastramento|recusado|revogado|sem consentimento|desassinado|"
        "cancelou a subscrição|desinscreveu",
        D: "excluído|excluída|apagado|apagada|eliminado|deletado",
        B: "devolvido|rejeitado|inválido|inválida|inacessível|não entregue|e mail inválido|retornado|"
        "não existe",
        J: "reclamação|denúncia|denunciado|denunciou|reclamou|marcado como spam|queixa",
        X: "bloqueado|bloqueada|lista negra|na lista negra|não contatar|não contactar|não enviar|banido",
    },
    "it": {
        Y: "iscritto|iscritta|attivo|attiva|abbonato|abbonata|sottoscritto|abilitato",
        C: "confermato|confermata|verificato",
        T: "rimbalzo temporaneo|casella piena|soft rimbalzo",
        P: "in attesa|in sospeso|da confermare|in attesa di conferma|pendente|invitato|attesa conferma",
        F: "inattivo|inattiva|disattivato|disattivata|disabilitato|sospeso|sospesa|in pausa|archiviato|"
        "scaduto|cessato",
        N: "disiscritto|disiscritta|cancellato|cancellata|disiscrizione|annullato|annullata|revocato|"
        "rifiutato|non più iscritto|rimosso|rimossa|consenso revocato|consenso negato|negato|"
        "nessun consenso|disabbonato|cancellazione|opposto|disdetto|disdetta",
        D: "eliminato|eliminata",
        B: "rimbalzato|rimbalzata|respinto|respinta|rimbalzo|non valido|non valida|irraggiungibile|"
        "non recapitabile|inesistente|invalido|indirizzo errato|non consegnato|errato",
        J: "reclamo|segnalato come spam|segnalato|denuncia spam|segnalazione spam|lamentela",
        X: "bloccato|bloccata|lista nera|in lista nera|non contattare|non inviare|bandito|soppresso",
    },
    "nl": {
        Y: "ingeschreven|actief|actieve|aangemeld|geabonneerd|ingeschakeld",
        C: "bevestigd|geverifieerd",
        P: "onbevestigd|in afwachting|wachtend|wacht op bevestiging|te bevestigen|uitgenodigd|"
        "openstaand|in behandeling",
        F: "inactief|inactieve|uitgeschakeld|gedeactiveerd|gepauzeerd|geannuleerd|opgeschort|opgezegd|"
        "beëindigd|verlopen|gearchiveerd|gestopt",
        N: "uitgeschreven|afgemeld|uitschrijving|afmelding|geen toestemming|ingetrokken|geweigerd|"
        "geen mail|geen mails|geen e mail|geen nieuwsbrief|uitgeschreven door gebruiker|"
        "niet meer ingeschreven|bezwaar|opt out gedaan",
        D: "verwijderd|gewist",
        B: "gebounced|gebounct|onbestelbaar|ongeldig|onbereikbaar|niet bezorgbaar|niet bereikbaar|"
        "ongeldig adres|bestaat niet",
        J: "klacht|spamklacht|als spam gemeld|gemarkeerd als spam|als spam gemarkeerd",
        X: "geblokkeerd|zwarte lijst|op zwarte lijst|niet mailen|niet benaderen|geblacklist|"
        "niet contacteren|geen contact opnemen|onderdrukt",
    },
    "ca": {
        Y: "subscrit|subscrita|actiu|inscrit a la llista",
        P: "pendent|pendent de confirmar",
        F: "inactiu|desactivat",
        N: "baixa|donat de baixa|cancel·lat|desubscrit",
        B: "rebotat|invàlid",
        X: "bloquejat|llista negra",
    },
}

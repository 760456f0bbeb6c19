"""Words of a reader's status: Swedish, Danish, Norwegian, Finnish, Estonian, Latvian, Lithuanian."""

from subscribers.transfer.vocabulary.sense import B, C, D, F, J, N, P, Sense, X, Y

LANGUAGES: dict[str, dict[Sense, str]] = {
    "sv": {
        Y: "prenumererar|prenumerant|aktiv|aktivt|anmäld|påmeldt",
        C: "bekräftad|bekräftat|verifierad",
        P: "obekräftad|väntar|väntande|väntar på bekräftelse|inväntar bekräftelse|inbjuden|ej bekräftat",
        F: "inaktiv|inaktiverad|avaktiverad|pausad|vilande|avslutad|uppsagd|arkiverad|utgången",
        N: "avprenumererad|avregistrering|avanmälan|avprenumeration|avprenumererat|avregistrerad|"
        "avanmäld|avslutat prenumeration|prenumererar inte|nekat|återkallat|avböjt|avsagt sig|"
        "inget utskick|utträdd|avbeställd",
        D: "raderad|borttagen",
        B: "studsad|studsat|studs|studsade|ogiltig|oleverabel|ej leveransbar|felaktig|ogiltig adress",
        J: "klagomål|spamanmäld|anmält som spam|markerad som spam|skräppost",
        X: "blockerad|spärrad|svartlistad|kontakta ej|kontakta inte|mejla inte|skicka ej|skicka inte|"
        "spärrlista",
    },
    "da": {
        Y: "tilmeldt|abonnerer|abonnent aktiv|aktive",
        C: "bekræftet|verificeret",
        P: "ubekræftet|afventer|venter|afventer bekræftelse|venter på bekræftelse|inviteret",
        F: "inaktive|deaktiveret|på pause|suspenderet|ophørt|opsagt|udløbet|annulleret|arkiveret",
        N: "afmeldt|frameldt|framelding|udmeldt|afmelding|tilbagekaldt|afvist|ingen mails|afmeldte",
        D: "slettet|fjernet",
        B: "ugyldig|afvist af server|kan ikke leveres|returneret|ugyldig adresse|uleverbar",
        J: "klage|spamklage|markeret som spam|meldt som spam",
        X: "blokeret|sortlistet|spærret|kontakt ikke|må ikke kontaktes|ring ikke|send ikke",
    },
    "no": {
        Y: "påmeldt|abonnerer|aktivert abonnement",
        C: "bekreftet|verifisert",
        P: "ubekreftet|avventer|venter på bekreftelse|invitert|avventer bekreftelse",
        F: "deaktivert|satt på pause|avsluttet|sagt opp|utløpt|kansellert|pauset",
        N: "avmeldt|utmeldt|avmelding|meldt av|trukket tilbake|reservert|reservert mot|avslått|"
        "har meldt seg av",
        B: "sprettet|ikke leverbar|returnert|kunne ikke leveres",
        J: "klaget|merket som spam|rapportert som spam|søppelpost",
        X: "blokkert|svartelistet|sperret|ikke kontakt|skal ikke kontaktes|ikke send",
    },
    "fi": {
        Y: "tilannut|tilattu|tilaaja|aktiivinen|liittynyt|voimassa",
        C: "vahvistettu|vahvistanut",
        P: "vahvistamaton|odottaa|odottaa vahvistusta|vahvistamatta|kutsuttu",
        F: "ei aktiivinen|epäaktiivinen|passiivinen|poissa käytöstä|keskeytetty|tauolla|päättynyt|"
        "irtisanottu",
        N: "perunut|peruttu|peruutus|peruutuksen|peruutettu|perunut tilauksen|poistunut|eronnut|"
        "peruuttanut|kieltänyt|markkinointikielto|ei tilaaja|ei lupaa|kieltäytynyt|tilaus peruttu",
        D: "poistettu",
        B: "palautunut|virheellinen|ei toimitettavissa|kelvoton|virheellinen osoite|palautui",
        J: "valitus|valittanut|roskaposti|merkitty roskapostiksi",
        X: "estetty|mustalla listalla|estolista|älä lähetä|ei saa ottaa yhteyttä|älä ota yhteyttä",
    },
    "et": {
        Y: "tellitud|aktiivne|tellija",
        C: "kinnitatud",
        P: "kinnitamata|ootel|ootab kinnitust",
        F: "mitteaktiivne|peatatud|passiivne",
        N: "loobunud|tellimus tühistatud|tühistatud|lahkunud|tellimusest loobunud",
        D: "kustutatud|eemaldatud",
        B: "kehtetu|vigane|tagastatud",
        X: "blokeeritud|must nimekiri|keelatud",
    },
    "lv": {
        Y: "abonējis|aktīvs|abonē",
        C: "apstiprināts",
        P: "neapstiprināts|gaida|gaida apstiprinājumu",
        F: "neaktīvs|izslēgts|apturēts",
        N: "atrakstījies|anulēts|atteicies|atteikts",
        D: "dzēsts|izdzēsts",
        B: "nederīgs|nav piegādājams",
        X: "bloķēts|melnais saraksts",
    },
    "lt": {
        Y: "užsiprenumeravęs|aktyvus|prenumeruoja",
        C: "patvirtintas",
        P: "nepatvirtintas|laukiama|laukia patvirtinimo",
        F: "neaktyvus|išjungtas|sustabdytas",
        N: "atsisakė|atsisakęs|atšauktas|neprenumeruoja|atsisakyta",
        D: "ištrintas|pašalintas",
        B: "negaliojantis|nepristatyta|atmestas",
        X: "užblokuotas|juodasis sąrašas",
    },
}

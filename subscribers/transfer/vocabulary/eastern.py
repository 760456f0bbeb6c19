"""Words of a reader's status in the languages of eastern Europe, Turkish and Greek."""

from subscribers.transfer.vocabulary.sense import B, C, D, F, J, N, P, Sense, X, Y

LANGUAGES: dict[str, dict[Sense, str]] = {
    "pl": {
        Y: "aktywny|aktywna|zapisany|zapisana|subskrybuje|subskrybowany|włączony",
        C: "potwierdzony|potwierdzona|zweryfikowany",
        P: "niepotwierdzony|niepotwierdzona|oczekujący|oczekuje|oczekuje na potwierdzenie|oczekująca|"
        "do potwierdzenia|zaproszony",
        F: "nieaktywny|nieaktywna|wyłączony|dezaktywowany|wstrzymany|zawieszony|anulowany|zakończony|"
        "wygasły|zarchiwizowany",
        N: "wypisany|wypisana|wypisania|wypisanie|rezygnacji|wyrejestrowany|rezygnacja|zrezygnował|"
        "zrezygnowała|wypisał się|wypisała się|odsubskrybowany|zgoda wycofana|wycofana zgoda|"
        "brak zgody|sprzeciw|odmowa|niezapisany|anulował subskrypcję|cofnięta zgoda",
        D: "usunięty|usunięta|skasowany",
        B: "odbity|zwrócony|odrzucony|nieprawidłowy|niedostarczalny|błędny|nieosiągalny|odbicie|"
        "błędny adres|nie istnieje",
        J: "skarga|zgłoszony jako spam|oznaczony jako spam|zgłoszenie spamu",
        X: "zablokowany|zablokowana|czarna lista|na czarnej liście|nie kontaktować|nie wysyłać",
    },
    "cs": {
        Y: "aktivní|přihlášen|přihlášený|přihlášená|odebírá|odběratel|zapsán",
        C: "potvrzen|potvrzeno|potvrzený|ověřen|ověřeno|ověřený",
        P: "nepotvrzen|nepotvrzeno|nepotvrzený|čeká|čekající|čeká na potvrzení|neověřen|neověřený|"
        "k potvrzení|pozván",
        F: "neaktivní|vypnuto|pozastaven|pozastaveno|zrušen|zrušeno|zrušený|ukončen|ukončeno|"
        "deaktivován|vypršel",
        N: "odhlášen|odhlášeno|odhlášení|odhlášený|odhlášená|odhlásil se|odhlásila se|odvolán|odvolaný|"
        "bez souhlasu|nesouhlasí|souhlas odvolán|nezasílat|neodebírá|odmítnuto",
        D: "smazán|smazáno|smazaný|odstraněn|odstraněno",
        B: "nedoručitelný|nedoručitelné|nedoručeno|neplatný|neplatná|vráceno|vrácený|neexistuje|"
        "nedostupný|nedoručen",
        J: "stížnost|označeno jako spam|nahlášeno jako spam|spam hlášení",
        X: "blokován|blokováno|blokovaný|zablokován|zablokováno|zablokovaný|černá listina|"
        "na černé listině|nekontaktovat|neposílat",
    },
    "sk": {
        Y: "aktívny|prihlásený|odoberá|zapísaný",
        C: "potvrdený|overený|potvrdené",
        P: "nepotvrdený|čaká|čaká na potvrdenie|čakajúci|neoverený",
        F: "neaktívny|pozastavený|zrušený|ukončený|vypnutý|deaktivovaný",
        N: "odhlásený|odhlásil sa|odhlásenia|odhlásenie|neodoberá|bez súhlasu|odvolaný|odmietnutý",
        D: "vymazaný|zmazaný|odstránený",
        B: "nedoručiteľný|neplatný|vrátený|nedoručený",
        J: "sťažnosť|označený ako spam|nahlásený ako spam",
        X: "blokovaný|zablokovaný|čierna listina|nekontaktovať|neposielať",
    },
    "hu": {
        Y: "aktív|feliratkozott|feliratkozva",
        C: "megerősített|megerősítve|visszaigazolt|visszaigazolva",
        P: "függőben|megerősítésre vár|visszaigazolásra vár|várakozik|meg nem erősített|megerősítetlen|"
        "meghívott",
        F: "inaktív|letiltva szüneteltetve|szüneteltetve|felfüggesztve|megszüntetve|lejárt|kikapcsolva",
        N: "leiratkozott|leiratkozva|leiratkozás|lemondott|lemondta|visszavonva|visszavont|"
        "hozzájárulás visszavonva|elutasítva",
        D: "törölt|törölve|eltávolítva",
        B: "visszapattant|visszapattanó|érvénytelen|kézbesíthetetlen|nem kézbesíthető|hibás|hibás cím|"
        "nem elérhető",
        J: "panasz|spamnek jelölte|spamnek jelölt|spam bejelentés",
        X: "letiltva|letiltott|tiltott|tiltólista|tiltólistán|feketelista|feketelistás|blokkolt|"
        "blokkolva|ne küldj",
    },
    "ro": {
        Y: "abonat|abonată|activ|activă|înscris|înscrisă",
        C: "confirmat|confirmată|verificat",
        P: "neconfirmat|neconfirmată|în așteptare|așteaptă confirmare|de confirmat|neverificat",
        F: "inactiv|inactivă|dezactivat|suspendat|anulat|oprit|expirat",
        N: "dezabonat|dezabonată|dezabonării|dezabonare|retras|refuzat|fără consimțământ|"
        "consimțământ retras|dezînscris",
        D: "șters|ștearsă|eliminat",
        B: "respins|nelivrabil|returnat|adresă invalidă|nelivrat|inaccesibil|eronat",
        J: "plângere|reclamație|marcat ca spam|raportat ca spam",
        X: "blocat|blocată|lista neagră|pe lista neagră|nu contactați|nu contacta|interzis",
    },
    "ru": {
        Y: "подписан|подписана|подписаны|активен|активна|активный|активная|активно|подписчик активен|"
        "действующий",
        C: "подтвержден|подтверждён|подтверждена|подтверждено|подтвержденный|проверен",
        P: "неподтвержден|неподтверждённый|неподтвержденный|ожидает|ожидание|ожидает подтверждения|"
        "в ожидании|ждет подтверждения|приглашен",
        F: "неактивен|неактивный|неактивна|неактивно|отключен|отключён|приостановлен|отменен|отменён|"
        "выключен|архив|завершен",
        N: "отписан|отписана|отписался|отписки|отписалась|отписаны|отписка|отписавшийся|отказ|"
        "отказался|отказалась|не подписан|согласие отозвано|отозвано|без согласия|не отправлять|"
        "отозвал согласие",
        D: "удален|удалён|удалена|удалено",
        B: "недоступен|недоставлено|не доставлено|недействителен|недействительный|возврат|"
        "ошибка доставки|не существует|отклонен|невалидный|неверный адрес|недействительна|"
        "несуществующий",
        J: "жалоба|пожаловался|пожаловалась|спам|жалоба на спам|отметил как спам|пометил как спам",
        X: "заблокирован|заблокирована|заблокировано|черный список|в черном списке|не беспокоить|"
        "не писать|не контактировать|стоп лист|забанен|в стоп листе",
    },
    "uk": {
        Y: "підписаний|підписана|підписано|активний|активна",
        C: "підтверджений|підтверджено|підтверджена",
        P: "непідтверджений|очікує|очікує підтвердження|не підтверджено",
        F: "неактивний|неактивна|вимкнено|призупинено|скасовано",
        N: "відписаний|відписки|відписана|відписано|відписався|відписалась|відмова|відмовився|відписка",
        D: "видалений|видалено|видалена",
        B: "недійсний|недоставлено|не доставлено|повернено|недоступний",
        J: "скарга|поскаржився|позначено як спам",
        X: "заблокований|заблоковано|заблокована|чорний список|у чорному списку|не писати|не турбувати",
    },
    "bg": {
        Y: "абониран|абонирана|активен|записан",
        C: "потвърден|потвърдена",
        P: "непотвърден|чакащ|изчаква|очаква потвърждение",
        F: "неактивен|деактивиран|спрян|прекратен",
        N: "отписан|отписана|отказал се|отказан",
        D: "изтрит|изтрита|премахнат",
        B: "невалиден|върнат|недоставен|невалидна|недостъпен",
        J: "оплакване|докладван като спам",
        X: "блокиран|блокирана|черен списък|забранен",
    },
    "hr": {
        Y: "pretplaćen|pretplaćena|aktivan|aktivna|prijavljen",
        C: "potvrđen|potvrđena",
        P: "nepotvrđen|na čekanju|čeka potvrdu",
        F: "neaktivan|neaktivna|isključen|otkazan|pauziran|obustavljen",
        N: "odjavljen|odjavljena|odjave|odjava|otkazao|otkazana pretplata|bez pristanka|povučen",
        D: "izbrisan|obrisan|uklonjen",
        B: "nevažeći|neisporučivo|nedostavljeno|odbijen|vraćeno|nedostupan",
        J: "pritužba|žalba|označeno kao spam|prijavljen kao spam",
        X: "blokiran|blokirana|crna lista|na crnoj listi|ne kontaktirati",
    },
    "sl": {
        Y: "naročen|naročena|aktiven|prijavljena",
        P: "nepotrjen|čaka|čaka na potrditev",
        C: "potrjen",
        F: "neaktiven|onemogočen",
        N: "odjavljena|odjavil se|preklican",
        B: "neveljaven|nedostavljiv|zavrnjen",
        D: "odstranjen",
        X: "blokiran uporabnik|črni seznam",
    },
    "tr": {
        Y: "abone|aktif|kayıtlı|etkin|abone oldu|izinli",
        C: "onaylandı|onaylı|doğrulandı|onaylanmış",
        P: "beklemede|onay bekliyor|bekliyor|onaysız|onaylanmamış|onaylanmadı|doğrulanmadı",
        F: "pasif|devre dışı|aktif değil|etkin değil|durduruldu|askıda|duraklatıldı|kapalı|süresi doldu",
        N: "abonelikten çıktı|abonelikten ayrılma|ayrılma|abonelikten çıkma|abonelikten ayrıldı|"
        "ayrıldı|çıktı|iptal|iptal edildi|iptal etti|abonelik iptal|abone değil|izinsiz|ret|reddetti|"
        "reddedildi|üyelikten çıktı|abonelikten çıkmış|izin yok|abonelikten çık",
        D: "silindi|silinmiş|kaldırıldı",
        B: "geçersiz|ulaşılamıyor|geri döndü|iletilemedi|hatalı|geri dönen|teslim edilemedi|ulaşılamaz",
        J: "şikayet|şikayet etti|spam bildirimi|spam olarak işaretlendi",
        X: "engellendi|engelli|kara liste|kara listede|yasaklı|engellenmiş|iletişime geçmeyin|bloke",
    },
    "el": {
        Y: "εγγεγραμμένος|εγγεγραμμένη|ενεργός|ενεργή|ενεργό|συνδρομητής ενεργός",
        C: "επιβεβαιωμένος|επιβεβαιωμένη|επιβεβαιώθηκε",
        P: "μη επιβεβαιωμένος|σε αναμονή|εκκρεμεί|αναμονή επιβεβαίωσης|ανεπιβεβαίωτος|εκκρεμής",
        F: "ανενεργός|ανενεργή|ανενεργό|απενεργοποιημένος|σε παύση|ακυρώθηκε|ακυρωμένος",
        N: "διαγραμμένος από τη λίστα|απεγγεγραμμένος|απεγγραφή|απεγγραφής|διέκοψε|αποχώρησε|"
        "απεγγράφηκε|διαγράφηκε|ανάκληση",
        D: "διαγραμμένος|διαγραμμένη",
        B: "μη έγκυρος|μη έγκυρο|άκυρος|επιστράφηκε|αποτυχία παράδοσης|άκυρη",
        J: "παράπονο|καταγγελία|αναφορά spam",
        X: "αποκλεισμένος|αποκλείστηκε|μαύρη λίστα|μπλοκαρισμένος|αποκλεισμένη",
    },
}

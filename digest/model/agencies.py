"""News agencies, which are credited by their names and are nobody's colleagues."""

import re

_NAMES = (
    "Reuters|AFP|AP|dpa|EFE|ANSA|TASS|Xinhua|Bloomberg|UPI|PTI|ANI|IANS|JTA|JNS|Kyodo|Jiji|Yonhap|Lusa|Belga|ANP|APA|"
    "PA Media|SDA|ATS|Keystone-SDA|NTB|TT|Ritzau|STT|PAP|ČTK|TASR|SITA|MTI|Agerpres|Tanjug|Hina|STA|BTA|Interfax|"
    "RIA Novosti|Ukrinform|UNIAN|BelTA|Anadolu|AA|DHA|İHA|IRNA|Mehr|MNA|WAFA|SPA|WAM|KUNA|QNA|BNA|MAP|APS|TAP|ACN|"
    "Europa Press|Adnkronos|AGI|Notimex|Télam|Agência Brasil|Estadão Conteúdo|Folhapress|AAP|CP|Bernama|Antara|VNA|"
    "epd|KNA|SID|AFX|BNS|LETA|ELTA|BSS|UNB|APP|KCNA|CNA|IPS|CBS/AP|"
    "רויטרס|איי־פי|סוכנויות הידיעות|סוכנויות|رويترز|أ ف ب|فرانس برس|د ب أ|وكالات|الأناضول|"
    "Рейтер|ТАСС|РИА Новости|Интерфакс|এএফপি|রয়টার্স|বাসস|ইউএনবি|এপি|新华社|共同|時事|로이터|연합뉴스|"
    "Agencies|News Agencies|Wire Services|Agenturen|Agences|Agencias|Agenzie|Agências|Agencje|Agentschappen"
)
_ALSO = {
    "associated press": "AP",
    "the associated press": "AP",
    "ap news": "AP",
    "agence france-presse": "AFP",
    "agence france presse": "AFP",
    "afp news agency": "AFP",
    "afp.com": "AFP",
    "reuters.com": "Reuters",
    "thomson reuters": "Reuters",
    "reuters staff": "Reuters",
    "reuters news agency": "Reuters",
    "bloomberg news": "Bloomberg",
    "bloomberg.com": "Bloomberg",
    "press association": "PA Media",
    "canadian press": "CP",
    "the canadian press": "CP",
    "australian associated press": "AAP",
    "press trust of india": "PTI",
    "anadolu agency": "Anadolu",
    "deutsche presse-agentur": "dpa",
    "kyodo news": "Kyodo",
    "yonhap news agency": "Yonhap",
    "xinhua news agency": "Xinhua",
    "agencia efe": "EFE",
    "agenzia ansa": "ANSA",
    "redazione ansa": "ANSA",
    "wires": "Agencies",
    "wire reports": "Agencies",
    "wire service": "Agencies",
}
_AGENCIES = {name.casefold(): name for name in _NAMES.split("|")} | _ALSO
AND = re.compile(
    r"\s+ו-?(?=(?:רויטרס|סוכנויות|AP\b|AFP\b))|\s+و\s?(?=(?:رويترز|أ ف ب|فرانس برس|وكالات))|"
    r"\s+(?:and|und|et|y|e|en|och|og|ja|i|a|és|și|ve|dan|và|и|і|και|ו|&|with|mit|avec|con)\s+(?=[^\W\d_]*[A-ZÀ-ÝА-ЯЁ]|dpa\b|epd\b|agenc)"
)


def agency(name: str) -> str:
    """Return the name that an agency goes by ("The Associated Press": "AP"), "" where *name* is none's."""
    found = _AGENCIES.get(" ".join(name.casefold().split()), "")
    person = found.isupper() and name.istitle() and name.isascii() and " " not in name  # "Sid" is no "SID"
    return "" if person else found


def credits(byline: str) -> tuple[str, str]:
    """Return whom *byline* names as people, and as agencies: of "Ann Field and AP" "Ann Field" and "AP"."""
    people: list[str] = []
    agencies: dict[str, None] = {}
    for part in filter(None, byline.split(", ")):
        names = AND.split(part)
        known = [found for name in names if (found := agency(name))]
        agencies |= dict.fromkeys(known)
        if not known:
            people.append(part)
        else:
            people += [name for name in names if not agency(name)]
    return ", ".join(people), ", ".join(agencies)

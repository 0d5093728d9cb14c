"""The names by which Whisper servers call languages, as BCP 47 tags."""

import re

UNDETERMINED = "und"
CERTAIN = 0.5
"""From this probability on, a language counts as told: faster-whisper's own limit, below which it goes on looking."""

PLAIN = 0.8
"""From this probability on, another language than the one that was named is plainly spoken."""

_NAMES = """
af:afrikaans am:amharic ar:arabic as:assamese az:azerbaijani ba:bashkir be:belarusian bg:bulgarian bn:bengali
bo:tibetan br:breton bs:bosnian ca:catalan cs:czech cy:welsh da:danish de:german el:greek en:english es:spanish
et:estonian eu:basque fa:persian fi:finnish fo:faroese fr:french gl:galician gu:gujarati ha:hausa haw:hawaiian
he:hebrew hi:hindi hr:croatian ht:haitian_creole hu:hungarian hy:armenian id:indonesian is:icelandic it:italian
ja:japanese jv:javanese ka:georgian kk:kazakh km:khmer kn:kannada ko:korean la:latin lb:luxembourgish ln:lingala
lo:lao lt:lithuanian lv:latvian mg:malagasy mi:maori mk:macedonian ml:malayalam mn:mongolian mr:marathi ms:malay
mt:maltese my:myanmar ne:nepali nl:dutch nn:nynorsk no:norwegian oc:occitan pa:punjabi pl:polish ps:pashto
pt:portuguese ro:romanian ru:russian sa:sanskrit sd:sindhi si:sinhala sk:slovak sl:slovenian sn:shona so:somali
sq:albanian sr:serbian su:sundanese sv:swedish sw:swahili ta:tamil te:telugu tg:tajik th:thai tk:turkmen tl:tagalog
tr:turkish tt:tatar uk:ukrainian ur:urdu uz:uzbek vi:vietnamese yi:yiddish yo:yoruba yue:cantonese zh:chinese
"""
_TAGS = {name.replace("_", " "): tag for tag, _, name in (entry.partition(":") for entry in _NAMES.split())}
WHISPER = frozenset(_TAGS.values())
"""The languages that OpenAI's multilingual models were made for."""
_TAG = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*", re.IGNORECASE)


def tag(said: str) -> str:
    """The tag for what a server said (`russian`, `Russian`, `ru`), `und` for what is no language."""
    name = said.strip().lower()
    known = _TAGS.get(name)
    if known:
        return known
    return said.strip() if _TAG.fullmatch(name) else UNDETERMINED


def primary(language: str) -> str:
    """The language alone, without region or script: `en` of `en-US`."""
    return language.partition("-")[0].lower()


def of_whisper(code: str) -> str:
    """A code of Whisper's as a tag."""
    return "jv" if code == "jw" else code


def for_whisper(language: str) -> str:
    """The code by which Whisper knows a language."""
    known = {"jv": "jw", "nb": "no", "iw": "he", "in": "id", "fil": "tl"}
    return known.get(primary(language), primary(language))


def uncertain(language: str, probability: float | None) -> str | None:
    """What a reader must know of a language that was detected, None where it is certain or was told."""
    if probability is None or probability >= CERTAIN:
        return None
    return (
        f"The language was taken for “{language}” with a certainty of only {probability:.0%}: "
        "if it is another, name it and transcribe again."
    )


def mistaken(named: str, heard: str, probability: float) -> str | None:
    """What a reader must know where one language was named and another is plainly spoken, None elsewhere."""
    if probability < PLAIN or for_whisper(named) == for_whisper(heard):
        return None
    return (
        f"The language was named as “{named}”, but what is spoken sounds like “{heard}” ({probability:.0%}). If it is, "
        f"don't trust this text: have the recording heard again, in “{heard}”."
    )

"""Where sentences end, as places in a text. Patterns only: no model, no list of a language's grammar."""

import regex

from ai_conspects.text.languages import base

Place = tuple[int, int]
"""First character and the one after the last."""

# A run of marks or of white space is looked at from its beginning alone: from each of its characters, it took minutes.
_END = regex.compile(
    r"""(?: (?<![.!?…]) [.!?…]++ ["'»”’)\]]*+ (?=\s) | [。！？｡]+ [」』”’)）]* | (?<![।॥؟۔]) [।॥؟۔]++ (?=\s)
    | (?<!\s) \s*? \n \s* )""",
    regex.VERBOSE,
)
_SENTENCE_MARK = regex.compile(r"(?<![.!?…])[.!?…]++(?=[\s\"'»”’)\]]|$)|[。！？｡।॥؟۔]")
_LOWER = regex.compile(r"[\s\"'«“‘(\[—–-]*\p{Ll}")
_LAST_TOKEN = regex.compile(r"[^\s(«\"“]+$")
_INITIAL = regex.compile(r"(?:\p{Lu}\.)*\p{Lu}\.")
_NUMBERING = regex.compile(r"\d{1,2}\.")
_SPLITS = (regex.compile(r"[;:—–]\s|,\s"), regex.compile(r"\s"))

# Only those that seldom end a sentence: after "и т. д." or "руб." a capital letter does begin a new one.
_ABBREVIATED = (
    "т. т.е. е. т.к. т.н. г. пр. см. ср. рис. табл. стр. им. ул. пл. просп. д-р. проф. акад. напр. обл. кв. корп. "
    "mr. mrs. ms. dr. prof. st. vs. e.g. i.e. cf. fig. no. vol. approx. jr. sr. "
    "z.b. bzw. usw. ca. nr. str. d.h. bspw. sra. mme. mlle. env."
)
ABBREVIATIONS = frozenset(_ABBREVIATED.split())
_YEAR = regex.compile(r"\d\s*г\.$")


def sentences(text: str, language: str) -> list[Place]:
    """The places of the sentences, without the white space around them."""
    places: list[Place] = []
    first = 0
    for end in _END.finditer(text):
        if "\n" in end.group() or _ends(text, first, end.end(), base(language)):
            places.append((first, end.end()))
            first = end.end()
    places.append((first, len(text)))
    return [stripped for place in places if (stripped := _strip(text, place))[0] < stripped[1]]


def pieces(text: str, place: Place, longest: int) -> list[Place]:
    """A place cut into about equal pieces of at most `longest` characters, if it is longer: at punctuation nearest to
    the middle, else between words, and in a run without a space anywhere."""
    first, last = place
    if last - first <= longest:
        return [place]
    middle, quarter = (first + last) // 2, (last - first) // 4
    cut = middle
    for pattern in _SPLITS:
        ends = [found.end() for found in pattern.finditer(text, middle - quarter, middle + quarter)]
        if ends:
            cut = min(ends, key=lambda end: abs(end - middle))
            break
    halves = (_strip(text, (first, cut)), _strip(text, (cut, last)))
    return [piece for half in halves if half[0] < half[1] for piece in pieces(text, half, longest)]


def goes_on(text: str) -> bool:
    """Whether a text begins as none does that begins a sentence: with a small letter."""
    return bool(_LOWER.match(text))


def marks(text: str) -> int:
    """How many sentence marks a text has."""
    return len(_SENTENCE_MARK.findall(text))


def _ends(text: str, first: int, end: int, code: str) -> bool:
    """Whether the mark before `end` closes the sentence that began at `first`."""
    if _LOWER.match(text, end):
        return False
    token = _LAST_TOKEN.search(text[max(first, end - 20) : end])
    if token is None or not token.group().endswith("."):
        return True
    word = token.group()
    if _NUMBERING.fullmatch(word):
        return code != "de" and text[first:end].strip() != word
    if _YEAR.search(text, max(first, end - 6), end):
        return True
    return not _INITIAL.fullmatch(word) and word.lower() not in ABBREVIATIONS


def _strip(text: str, place: Place) -> Place:
    first, last = place
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return first, last

"""Why two notes belong together, in a line for their owner, with words that really stand in both."""

from ai_conspects.relationships.reading import Reading
from ai_conspects.relationships.rules import Finding, common_terms
from ai_conspects.text.languages import base
from ai_conspects.text.support import quoted

LONGEST_QUOTE = 120
TERMS = 3

_WORDING = {
    "ru": {
        "related": "Обе о том же ({terms}): {older} — {newer}",
        "repeats": "Говорится почти то же самое: {older} — {newer}",
        "contradicts": "Возможно, расходятся: {older} — {newer}",
        "continues": "Новая заметка продолжает прежнюю: {newer} — {older}",
        "part_of": "Почти всё из одной есть в другой: {older} — {newer}",
        "prerequisite": "В одной объяснено, что нужно для другой: {older} — {newer}",
    },
    "en": {
        "related": "Both are about the same ({terms}): {older} – {newer}",
        "repeats": "Both say nearly the same: {older} – {newer}",
        "contradicts": "They may disagree: {older} – {newer}",
        "continues": "The newer note goes on with the older: {newer} – {older}",
        "part_of": "Nearly all of the one is in the other: {older} – {newer}",
        "prerequisite": "One explains what the other needs: {older} – {newer}",
    },
}
_QUOTES = {"ru": "«{}»", "en": "“{}”"}


def reason(finding: Finding, older: Reading, newer: Reading) -> str:
    """One line in the newer note's language (English where it is neither Russian nor English)."""
    language = base(newer.language) if base(newer.language) in _WORDING else "en"
    marks = _QUOTES[language]
    return _WORDING[language][finding.type].format(
        terms=", ".join(term for term, _ in zip(common_terms(older, newer), range(TERMS), strict=False)),
        older=marks.format(shortened(finding.older)),
        newer=marks.format(shortened(finding.newer)),
    )


def shortened(sentence: str) -> str:
    """A quote of bearable length, cut between words."""
    text = " ".join(sentence.split()).rstrip(".")
    return text if len(text) <= LONGEST_QUOTE else text[:LONGEST_QUOTE].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def stands(finding: Finding, older: Reading, newer: Reading) -> bool:
    """Whether the words that are shown really are in both notes."""
    sides = ((finding.older, older), (finding.newer, newer))
    return all(any(quoted(shortened(text), s.text) for s in note.sentences) for text, note in sides)

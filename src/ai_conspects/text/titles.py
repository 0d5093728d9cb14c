"""What to call a text: a short statement that somebody made in it, or what it is about and what of that.

Of a few sentences, a clause that holds the heaviest phrases says most («Стучит передняя подвеска»). Of an hour, no
clause stands for the whole: what it was said to be about («лекция про сон»), or else the main phrase, and two more do
(“Remote control: buttons, speech recognition”).
"""

from collections import Counter
from collections.abc import Sequence

import regex

from ai_conspects.text.analysis import KeyPhrase
from ai_conspects.text.fluent import leans, quoted
from ai_conspects.text.key_phrases import misheard, occurrences
from ai_conspects.text.languages import base
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import is_stop_word, lemmas, words

_FEW = 15
"""Sentences of a text that a clause can stand for."""
_JOINT = regex.compile(r"\s(?=(?:and|but|or|because|и|а|но|или|что|чтобы|потому)\s)")
"""Where speech without marks is parted into clauses."""
_CLAUSE = regex.compile(r"[^,;:.!?…—–。！？،؛]+(?:[.,:](?=\S)[^,;:.!?…—–。！？،؛]+)*")
_FEWEST_WORDS, _MOST_WORDS = 3, 9
_MOST_CHARS = 70
_BEGINNING, _REACH, _AGAIN = 12, 4, 4
"""Sentences in which a subject is announced, words behind the word that announces it, sentences in which it comes."""
_CUES = {
    "ru": regex.compile(r"(?<!\p{L})(?:про|о|об|обо|посвящ\p{L}+|тем[аеу]|по)\s+"),
    "en": regex.compile(r"\b(?:about|topic is|subject is|discuss|designing|regarding)\s+"),
}
_LATER = 0.5
"""What a clause of the last sentence has of its weight; the first has all."""


def title(sentences: Sequence[Sentence], phrases: Sequence[KeyPhrase], language: str) -> str:
    """A title without an end mark. `phrases` are the text's, heaviest first; without any, the first words stand."""
    if not phrases:
        return _capital(shortened(" ".join(sentences[0].text.split())))
    if len(sentences) <= _FEW and (clause := _best_clause(sentences, phrases, language)):
        return _capital(clause)
    told = announced(sentences, language)
    others = [phrase.text for phrase in phrases if told is None or not _same(phrase.text, told, language)]
    return _capital(_listed([told, *others] if told else others))


def announced(sentences: Sequence[Sentence], language: str) -> str | None:
    """What the speaker said in the beginning that it is about, if a phrase followed that comes again and again; for
    languages with a list of words that announce."""
    cues = _CUES.get(base(language))
    if cues is None:
        return None
    often = Counter(lemma for sentence in sentences for lemma in set(lemmas(sentence.text, language)))
    for sentence in sentences[:_BEGINNING]:
        for cue in cues.finditer(sentence.text.lower()):
            behind = sentence.model_copy(update={"text": " ".join(sentence.text[cue.end() :].split()[:_REACH])})
            for found in occurrences([behind], language)[0]:
                if min(often[lemma] for part in found.key for lemma in part.split()) >= _AGAIN:
                    return found.text
    return None


def _same(one: str, other: str, language: str) -> bool:
    return bool(set(lemmas(one, language)) & set(lemmas(other, language)))


def shortened(text: str) -> str:
    """The text, or its beginning and an ellipsis."""
    if len(text) <= _MOST_CHARS:
        return text
    return text[:_MOST_CHARS].rsplit(" ", 1)[0] + "…"


def _listed(texts: list[str]) -> str:
    return f"{texts[0]}: {', '.join(texts[1:3])}" if len(texts) > 2 else ", ".join(texts)


def _best_clause(sentences: Sequence[Sentence], phrases: Sequence[KeyPhrase], language: str) -> str | None:
    keys = [(frozenset(lemmas(phrase.text, language)), phrase.weight) for phrase in phrases]
    doubtful = misheard(sentences, language)
    best, most = None, 0.0
    for place, sentence in enumerate(sentences):
        if sentence.text.rstrip().endswith(("?", "？")):
            continue
        late = 1 - (1 - _LATER) * place / len(sentences)
        for clause in _clauses(sentence.text, language):
            said = frozenset(lemmas(clause, language))
            weight = late * sum(weight for key, weight in keys if key <= said)
            if weight > most and doubtful.isdisjoint(said):
                best, most = clause, weight
    return best


def _clauses(text: str, language: str) -> list[str]:
    """Those that can stand alone: of a title's length, not pointing back, not ending in the middle."""
    text = quoted(text, language)
    marked = len(_CLAUSE.findall(text)) > 1 or text.rstrip().endswith((".", "!"))
    parts = _CLAUSE.findall(text) if marked else _JOINT.split(text)
    found = [quoted(part, language).rstrip(" .!…") for part in parts]
    return [
        clause
        for clause in found
        if _FEWEST_WORDS <= len(said := words(clause)) <= _MOST_WORDS
        and len(clause) <= _MOST_CHARS
        and not leans(clause, language)
        and not is_stop_word(said[-1], language)
    ]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]

"""Named things: people, places and organisations that were mentioned, as far as form alone tells.

Russian by its dictionary's marks of names, in the nominative; capitals aren't needed there, but without them a word
that may be a plain one («вера», «роман») isn't taken. Latin scripts by capitals inside a sentence: nothing from speech
that was written without them, nothing from German, where every noun has one; and what kind of thing it is, only where a
word beside it says so. No list of the world: who "Jordan" is, stays `other`. Other scripts: none.
"""

from collections import Counter
from collections.abc import Sequence

from ai_conspects.text.analysis import Kind, Named
from ai_conspects.text.fillers import FILLERS
from ai_conspects.text.languages import LATIN_LANGUAGES, base
from ai_conspects.text.latin_names import latin_names
from ai_conspects.text.russian_names import russian_names
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import fold, is_stop_word, surfaces

_MOST = 30


def named(sentences: Sequence[Sentence], language: str) -> tuple[Named, ...]:
    """At most thirty names, those said most first; each of the kind that its mentions were most."""
    code = base(language)
    if code != "ru" and (code not in LATIN_LANGUAGES or code == "de"):
        return ()
    find = russian_names if code == "ru" else latin_names
    places: dict[str, list[int]] = {}
    kinds: dict[str, Counter[Kind]] = {}
    for sentence in sentences:
        for text, kind in find(sentence.text):
            places.setdefault(text, []).append(sentence.id)
            kinds.setdefault(text, Counter())[kind] += 1
    small = _written_small(sentences)
    real = [text for text in places if code == "ru" or _is_name(text, len(places[text]), small, code)]
    told = sorted(real, key=lambda text: (-len(places[text]), places[text][0], text))[:_MOST]
    return tuple(Named(text=t, kind=_kind(kinds[t]), sentence_ids=tuple(dict.fromkeys(places[t]))) for t in told)


def _written_small(sentences: Sequence[Sentence]) -> Counter[str]:
    return Counter(word for sentence in sentences for word in surfaces(sentence.text) if word[0].islower())


def _is_name(text: str, times: int, small: Counter[str], code: str) -> bool:
    """Whether it is several words, or one that says something and wasn't written small as often."""
    word = fold(text)
    return " " in text or not (small[word] >= times or word in FILLERS or is_stop_word(word, code))


def _kind(counted: Counter[Kind]) -> Kind:
    """The commonest that says something."""
    order: tuple[Kind, ...] = ("person", "organisation", "place")
    best = max(order, key=lambda kind: counted[kind])
    return best if counted[best] else "other"

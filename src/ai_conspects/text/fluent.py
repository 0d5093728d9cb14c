"""A spoken sentence as one would quote it: its own words in their order, without what speech adds to them.

Hesitations, stutters, and words that only take up the thread go; nothing is put in, changed or moved. And whether a
sentence can be read without the one before it.
"""

import regex

from ai_conspects.text.boundaries import ABBREVIATIONS
from ai_conspects.text.languages import base
from ai_conspects.text.lists import listed
from ai_conspects.text.words import fold, rarity

_TOKEN = regex.compile(r"\S+")
_EDGES = regex.compile(r"^[^\p{L}\p{N}]+|[^\p{L}\p{M}\p{N}]+$")
_LOOSE = regex.compile(r"\s+(?=[,.;:!?…](?:\s|$))")
_DANGLING = regex.compile(r"(?:\s*[,;:–—-])+\s*$")
_OPENING = regex.compile(r"^[\s,.;:!?…–—-]+")
_STRAY = regex.compile(r"(\p{L}{4,})\.(?= \p{Ll})")
"""A mark that a speech engine put at a pause in the midst of a sentence."""
_DRAWN_OUT = regex.compile(r"(?:[эеаaеoуu]+-)+[эеаaоoуumмh]+|[мmhх]+(?:-[мmhх]+)+")
_LETTER_WORDS = frozenset("aiouаиоуяевскэ")
"""Letters that are words."""
_BEGUN, _RARE = 3, 0.5
"""Letters of a word that was only begun, and its rarity if it isn't one itself."""
_FEWEST = 3
"""Words that must be left; a sentence of less stays as it was."""
_LONGEST_STUTTER = 5
_LANGUAGES = ("en", "ru")


def quoted(text: str, language: str) -> str:
    """The sentence with a capital first letter, without hesitations, stutters, stray full stops, and empty words at its
    beginning."""
    tight: str = _STRAY.sub(_unless_short, _LOOSE.sub("", " ".join(text.split())))
    tokens = _without_stutters(_heard(_TOKEN.findall(tight), language))
    tokens = tokens[_empty(tokens, language) :]
    said: str = _OPENING.sub("", _DANGLING.sub("", " ".join(tokens)))
    if sum(bool(_word(token)) for token in tokens) < _FEWEST:
        said = tight
    return said[:1].upper() + said[1:]


def leans(text: str, language: str) -> bool:
    """Whether the sentence begins by pointing to one before ("it", «поэтому»); in languages without a list, never."""
    code = base(language)
    if code not in _LANGUAGES:
        return False
    tokens = [token for token in _heard(text.split(), language) if _word(token)]
    tokens = tokens[_empty(tokens, language) :]
    return bool(tokens) and _word(tokens[0]).partition("'")[0] in listed(f"leaning.{code}")


def _unless_short(found: regex.Match[str]) -> str:
    return str(found[0] if found[0].lower() in ABBREVIATIONS else found[1])


def _empty(tokens: list[str], language: str) -> int:
    """How many tokens at the beginning say nothing; not so many that no sentence is left."""
    code = base(language)
    openers = listed(f"openers.{code}") if code in _LANGUAGES else frozenset()
    count = 0
    while count < len(tokens) - _FEWEST and (not _word(tokens[count]) or _word(tokens[count]) in openers):
        count += 1
    return count


def _heard(tokens: list[str], language: str) -> list[str]:
    """Without hesitations (`um`, `э-э`) and with each word begun once ("ch changing")."""
    kept = []
    for token, after in zip(tokens, [*tokens[1:], ""], strict=True):
        word = _word(token)
        begun = token == word and len(word) <= _BEGUN and word != _word(after) and _word(after).startswith(word)
        if not (word in listed("hesitations") or _DRAWN_OUT.fullmatch(word) or (begun and _is_no_word(word, language))):
            kept.append(token)
    return kept


def _is_no_word(word: str, language: str) -> bool:
    if len(word) == 1:
        return word.isalpha() and word not in _LETTER_WORDS
    return rarity(word, language) >= _RARE


def _without_stutters(tokens: list[str]) -> list[str]:
    """Of words said twice in a row (“it should it should be”), the second time; marks between show that it is meant."""
    kept: list[str] = []
    for token in tokens:
        kept.append(token)
        for length in range(1, _LONGEST_STUTTER + 1):
            first, second = kept[-2 * length : -length], kept[-length:]
            if len(first) == length and [*map(_word, first)] == [*map(_word, second)] and _bare(first):
                del kept[-2 * length : -length]
                break
    return kept


def _bare(tokens: list[str]) -> bool:
    """Whether no mark ends one of them, and none is a number: who says «два два» means it."""
    words = [_word(token) for token in tokens]
    counts = any(word in listed("numerals") or word[:1].isdigit() for word in words)
    return all(words) and not counts and all(token[-1].isalnum() for token in tokens)


def _word(token: str) -> str:
    return fold(_EDGES.sub("", token))

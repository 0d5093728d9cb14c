"""Words and their dictionary forms: what counts as a word, what it is a form of, and how much it says."""

import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import regex

from ai_conspects.text import lexicons
from ai_conspects.text.languages import CYRILLIC_LANGUAGES, OTHER_SCRIPT_LANGUAGES, base

# Combining marks belong to the word: without them Hindi falls apart at every vowel sign.
_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’][\p{L}\p{M}\p{N}]+)*")
_CYRILLIC = regex.compile(r"\p{Cyrillic}")
_LATIN = regex.compile(r"\p{Latin}")
_UNSPACED = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+")
_FUNCTION_POS = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "INTJ"})
_COMMON_ZIPF = 5.5
"""stopwordsiso also lists plain nouns (`машина`, `computer`); a stop word must be this common as well."""
_EMPTY_BELOW = 0.12
"""Rarity of `what`, `and`, `as`; at 0.18 `she` and `down` are dropped too, and half a question in a hundred unfound."""


def fold(text: str) -> str:
    """Composed, lower case, ё as е: the form in which texts are compared."""
    return unicodedata.normalize("NFC", text).casefold().replace("ё", "е").replace("’", "'")


def surfaces(text: str) -> list[str]:
    """The words as they were written, in order."""
    return list(_WORD.findall(text))


def words(text: str) -> list[str]:
    """The words, folded, in order."""
    return list(_WORD.findall(fold(text)))


@lru_cache(maxsize=200_000)
def terms(word: str, language: str) -> tuple[str, ...]:
    """The dictionary form of one folded word; of a run in a script without spaces, its pairs of characters.

    Cyrillic words in a Latin-script text are taken as Russian, Latin words among other scripts as English.
    """
    if _UNSPACED.fullmatch(word):
        return tuple(word[i : i + 2] for i in range(max(1, len(word) - 1)))
    code = language_of(word, language)
    return (fold(lexicons.russian(word).normal_form if code == "ru" else lexicons.stem(word, code)),)


def lemmas(text: str, language: str) -> list[str]:
    """The dictionary forms of all words, stop words included, in order."""
    return [term for word in words(text) for term in terms(word, language)]


def content_words(text: str, language: str) -> list[str]:
    """The folded words that are no stop words, in order."""
    return [word for word in words(text) if not is_stop_word(word, language)]


def content_lemmas(text: str, language: str) -> list[str]:
    """The dictionary forms of the words that are no stop words, in order."""
    return [term for word in content_words(text, language) for term in terms(word, language)]


def telling(text: str, language: str) -> Iterator[tuple[str, float]]:
    """The dictionary forms of a text's words that are no stop words, each with its rarity."""
    for word in content_words(text, language):
        for term in terms(word, language):
            yield term, rarity(word, language)


@lru_cache(maxsize=100_000)
def is_stop_word(word: str, language: str) -> bool:
    """Whether a folded word only holds the sentence together."""
    code = language_of(word, language)
    if len(word) == 1 and not word.isdigit() and not _UNSPACED.fullmatch(word):
        return True
    if code == "ru" and str(lexicons.russian(word).tag.POS) in _FUNCTION_POS:
        return True
    common = not word.isalpha() or not lexicons.has_frequencies(code) or lexicons.zipf(word, code) >= _COMMON_ZIPF
    return common and word in lexicons.stop_words(code)


def is_empty(word: str, language: str) -> bool:
    """Whether a folded word is among the commonest that only hold sentences together: nobody looks for it alone."""
    common = rarity(word, language) < _EMPTY_BELOW or not lexicons.has_frequencies(language_of(word, language))
    return common and is_stop_word(word, language)


@lru_cache(maxsize=100_000)
def rarity(word: str, language: str) -> float:
    """How much a folded word says, 0.05 to 1, by its frequency in the language; 0.6 where no list is known."""
    code = language_of(word, language)
    if not lexicons.has_frequencies(code):
        return 0.6
    commonest = max(lexicons.zipf(form, code) for form in (word, *terms(word, language)))
    return min(1.0, max(0.05, (7.0 - commonest) / (7.0 - lexicons.UNLISTED_ZIPF)))


def language_of(word: str, language: str) -> str:
    """The language as whose word a word is treated: the text's, unless the script says that it can't be."""
    code = base(language)
    if _CYRILLIC.match(word):
        return code if code in CYRILLIC_LANGUAGES else "ru"
    if _LATIN.match(word):
        return "en" if code in CYRILLIC_LANGUAGES | OTHER_SCRIPT_LANGUAGES else code
    return code


def runs(text: str) -> list[list[str]]:
    """The words as they were written, parted wherever more than a space or a hyphen stands between two of them."""
    found: list[list[str]] = []
    end = -1
    for match in _WORD.finditer(text):
        if end < 0 or text[end : match.start()].strip(" -\u00a0"):
            found.append([])
        found[-1].append(match.group())
        end = match.end()
    return found


def without_capital(surface: str) -> str:
    """The word with a small first letter; an abbreviation or a name with a second capital stays."""
    return surface if surface[1:].lower() != surface[1:] else surface[:1].lower() + surface[1:]

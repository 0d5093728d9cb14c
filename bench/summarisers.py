"""What the extractive summary is compared with: the beginning of the text, and sumy's summarisers where it is there.

sumy is no part of the project's requirements (`pip install sumy`); its tokenizers want a download and so aren't used:
it gets our sentences, words, dictionary forms and stop words.
"""

from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import accumulate
from typing import Any

from ai_conspects.text import summary
from ai_conspects.text.fluent import quoted
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import is_stop_word, lemmas, words

Summarise = Callable[[Sequence[Sentence], str, int], str]
"""Sentences, language and words: a text of at most so many words."""


def systems() -> dict[str, Summarise]:
    """By name, ours last."""
    theirs = {name: _sumy(module, kind) for name, (module, kind) in _SUMY.items()} if find_spec("sumy") else {}
    return {"lead": lead, **theirs, "ours": ours}


def lead(sentences: Sequence[Sentence], language: str, budget: int) -> str:
    """The beginning. All are cleaned of hesitations by the same rules, or cleaning would be what is compared."""
    return cut([quoted(sentence.text, language) for sentence in sentences], budget)


def ours(sentences: Sequence[Sentence], language: str, budget: int) -> str:
    """As many of the best sentences as fill the budget."""
    ranked = summary.rank(sentences, language)
    return filled(lambda count: [quoted(chosen.text, language) for chosen in summary.choose(ranked, count)], budget)


def filled(choose: Callable[[int], list[str]], budget: int) -> str:
    """The fewest sentences that have so many words, the last cut to fit."""
    texts: list[str] = []
    for count in range(1, budget + 1):
        more = choose(count)
        if len(more) == len(texts):
            break
        texts = more
        if sum(len(text.split()) for text in texts) >= budget:
            break
    return cut(texts, budget)


def cut(texts: Sequence[str], budget: int) -> str:
    """The first words."""
    return " ".join([word for text in texts for word in text.split()][:budget])


_SUMY = {
    "LexRank (sumy)": ("lex_rank", "LexRankSummarizer"),
    "TextRank (sumy)": ("text_rank", "TextRankSummarizer"),
    "LSA (sumy)": ("lsa", "LsaSummarizer"),
}


def _sumy(module: str, kind: str) -> Summarise:
    def summarise(sentences: Sequence[Sentence], language: str, budget: int) -> str:
        summarizer = getattr(import_module(f"sumy.summarizers.{module}"), kind)(
            lambda word: (lemmas(word, language) or [word])[0]
        )
        document = _document([sentence.text for sentence in sentences], language)
        said = {word for sentence in sentences for word in words(sentence.text)}
        summarizer.stop_words = frozenset(word for word in said if is_stop_word(word, language))
        ranked = [quoted(str(chosen), language) for chosen in summarizer(document, _enough(sentences, budget))]
        return cut(ranked, budget)

    return summarise


def _enough(sentences: Sequence[Sentence], budget: int) -> Callable[[list[Any]], list[Any]]:
    """sumy takes a function that picks from its ratings: the best until the budget is full."""

    def pick(infos: list[Any]) -> list[Any]:
        best = sorted(infos, key=lambda info: info.rating, reverse=True)
        lengths = accumulate(len(str(info.sentence).split()) for info in best)
        return best[: 1 + sum(length < budget for length in lengths)]

    return pick


class _Words:
    def __init__(self, language: str) -> None:
        self.language = language

    def to_words(self, text: str) -> tuple[str, ...]:
        return tuple(words(text))


def _document(texts: Sequence[str], language: str) -> Any:  # sumy ships no types
    dom = import_module("sumy.models.dom")
    tokenizer = _Words(language)
    return dom.ObjectDocumentModel([dom.Paragraph([dom.Sentence(text, tokenizer) for text in texts])])

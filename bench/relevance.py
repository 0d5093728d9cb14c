"""What a relevance of 0.7 means: how often a page with it is on the text's own subject, and how many of these have it.

A set made of XQuAD, Russian and English: the text is the beginning of one of 48 articles (in every third case followed
by a paragraph of another, as speech wanders); its pages are passages of 160 to 400 characters from the remaining
paragraphs of all articles that the text's key phrases find. A page is right where it is from an article that the text
is of. The constants of `text/relevance.py` were fitted on the articles with an even number (`--fit` prints them); the
table is of those with an odd one.
"""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy import float64
from numpy.typing import NDArray
from tests import data

from ai_conspects.text import ranking
from ai_conspects.text.analyze import analyze
from ai_conspects.text.overlap import similarity
from ai_conspects.text.passages import best_passage
from ai_conspects.text.relevance import phrases_share, relevance, subject
from ai_conspects.text.sentences import from_text

PAGES = 10
STEPS = 40_000


@dataclass(frozen=True)
class Pair:
    """A text with a page that it finds: both measures, the relevance made of them, and whether it is right."""

    article: int
    measures: tuple[float, float]
    relevance: float
    right: bool


def pairs(language: str) -> Iterator[Pair]:
    """Every text of that language with its pages."""
    chance = random.Random(1)
    articles = data.xquad_articles(language)
    pages = [(number, text) for number, article in enumerate(articles) for text in article[2:]]
    for number, article in enumerate(articles):
        other = (number + 7) % len(articles)
        wandering = f"{article[0]} {article[1]} {articles[other][0]}"
        for text, own in (
            (article[0], {number}),
            (f"{article[0]} {article[1]}", {number}),
            (wandering, {number, other}),
        ):
            analysis = analyze(from_text(text, language), language)
            of, query = subject(analysis), " ".join(phrase.text for phrase in analysis.key_phrases[:3])
            scores = ranking.scores(query, [page for _, page in pages], language)
            for at in np.argsort(-scores)[:PAGES]:
                if scores[at] > 0:
                    passage = best_passage(pages[at][1], query, language, chance.choice((160, 250, 400)))
                    measures = similarity(of.gist, passage, language), phrases_share(passage, of)
                    yield Pair(number, measures, relevance(passage, of), pages[at][0] in own)


def fitted(found: list[Pair]) -> NDArray[float64]:
    """The constants of a logistic function by gradient descent: base, by words, by phrases."""
    measures = np.array([(1.0, *pair.measures) for pair in found])
    right = np.array([pair.right for pair in found], dtype=float64)
    weights = np.zeros(3)
    for _ in range(STEPS):
        told = 1 / (1 + np.exp(-measures @ weights))
        weights -= 4 * (measures.T @ (told - right) / len(right) + 1e-5 * np.array([0.0, *weights[1:]]))
    return weights


def table(found: list[Pair]) -> None:
    """How often pages of a relevance are right, and what a threshold of 0.7 keeps."""
    for low in (0.0, 0.2, 0.4, 0.6, 0.8):
        inside = [pair.right for pair in found if low <= pair.relevance < low + 0.2]
        print(f"  relevance {low:.1f}-{low + 0.2:.1f}: {len(inside):5} pages, right {np.mean(inside):.2f}")
    kept = [pair.right for pair in found if pair.relevance >= 0.7]
    right = sum(pair.right for pair in found)
    print(
        f"  from 0.7: precision {np.mean(kept):.2f}, recall {sum(kept) / right:.2f} ({len(found)} pages, {right} right)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fit", action="store_true", help="print the constants that fit best")
    asked = parser.parse_args()
    every: list[Pair] = []
    for language in ("ru", "en"):
        found = list(pairs(language))
        every += found
        print(language)
        table([pair for pair in found if pair.article % 2])
    if asked.fit:
        print("fitted:", np.round(fitted([pair for pair in every if pair.article % 2 == 0]), 2))


if __name__ == "__main__":
    main()

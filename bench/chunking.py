"""Whether cutting by meaning finds more than cutting by length: XQuAD's articles, each one long text, as one library.

A border is hit where a paragraph's end is a chunk's; a question where the first chunk found has its answer. Ranked by
words and hashed embeddings, as search does without a model.
"""

from collections.abc import Callable, Sequence

import numpy as np
from tests import data

from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.text import ranking
from ai_conspects.text.chunking import TARGET_CHARS, Chunk, chunks
from ai_conspects.text.read import joined, parted, read
from ai_conspects.text.sentences import Sentence, from_text
from ai_conspects.text.words import words

Cut = Callable[[Sequence[Sentence]], list[Chunk]]
WEIGHT = 0.2
"""Of a hashed direction beside the words."""


def by_length(sentences: Sequence[Sentence]) -> list[Chunk]:
    """As many sentences as fit, each chunk beginning with the last sentence of the one before."""
    found: list[list[Sentence]] = [[]]
    for sentence in sentences:
        if len(" ".join(one.text for one in [*found[-1], sentence])) > TARGET_CHARS:
            found.append(found[-1][-1:] if len(found[-1][-1].text) + len(sentence.text) < TARGET_CHARS else [])
        found[-1].append(sentence)
    return [Chunk(tuple(one)) for one in found]


def without_overlap(sentences: Sequence[Sentence]) -> list[Chunk]:
    """By meaning, without the sentence that is carried over."""
    found = chunks(sentences)
    told = [0, *(chunk.sentences[-1].id + 1 for chunk in found)]
    return [Chunk(tuple(s for s in one.sentences if s.id >= first)) for one, first in zip(found, told, strict=False)]


def measured(language: str, cut: Cut) -> str:
    """Chunks, borders hit, and questions whose chunk is found first and among five."""
    articles = data.xquad_articles(language)
    texts = [from_text(" ".join(article), language) for article in articles]
    cuts = [cut(text) for text in texts]
    hit = borders = 0
    for article, made in zip(articles, cuts, strict=True):
        ends = set(np.cumsum([len(from_text(paragraph, language)) for paragraph in article])[:-1])
        hit += len(ends & {chunk.sentences[-1].id + 1 for chunk in made[:-1]})
        borders += len(ends)
    pool = [(number, chunk.text) for number, made in enumerate(cuts) for chunk in made]
    ranks = np.array(_ranks(language, pool))
    told = f"{len(pool)} chunks, {hit} of {borders} borders hit"
    return f"{told}, first {np.mean(ranks == 0):.3f}, among five {np.mean(ranks < 5):.3f} of {len(ranks)} questions"


def _ranks(language: str, pool: Sequence[tuple[int, str]]) -> list[int]:
    """For every sixth question the place of the first chunk of its article that holds an answer."""
    questions = data.xquad_answers(language)[::6]
    engine, texts = HashedEmbeddings(384), [text for _, text in pool]
    directions = engine.embed(texts, kind="passage") @ engine.embed([q for q, _, _ in questions], kind="query").T
    known = joined([read(parted(text), language) for text in texts])
    ranks = []
    for at, (question, answers, article) in enumerate(questions):
        scores = ranking.fuse(
            ranking.rank(ranking.Asked(words(question), [language]), known), directions[:, at].astype(float), WEIGHT
        )
        right = [n == article and any(answer in text for answer in answers) for n, text in pool]
        places = [place for place, chunk in enumerate(np.argsort(-scores, kind="stable")) if right[chunk]]
        ranks.append(places[0] if places else len(pool))
    return ranks


def main() -> None:
    for language in ("ru", "en"):
        for name, cut in (("by length", by_length), ("by meaning", chunks), ("without overlap", without_overlap)):
            print(f"{language} {name:16} {measured(language, cut)}", flush=True)


if __name__ == "__main__":
    main()

"""How often the extractive answer holds the words asked for, and how often it answers what no note says.

`python -m bench.chat [--languages ru,en] [--every 1]`. XQuAD's 240 paragraphs as notes. Each question twice: with its
paragraph among the notes, and with it left out, so that nothing says the answer. The whole way is taken: search,
passages, quotes, citations; nothing is kept.
Goals: the quoted sentences hold the gold words of at least 75 % of the questions; at most 15 % false answers.
"""

import argparse
from uuid import UUID

from rich.console import Console
from rich.table import Table

from ai_conspects.chat.answering import Question, answer
from ai_conspects.chat.passages import pack
from ai_conspects.chat.retrieval import retrieve
from ai_conspects.chat.schemas import ChatContext
from ai_conspects.core.db import Database
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.base import unmetered
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from bench import corpora, kept

SHARES = ("answered", "held", "false")


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", default="ru,en")
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    kept.option(parser)
    chosen = parser.parse_args()
    figures: list[kept.Row] = []
    table = Table("XQuAD", "questions", "answered %", "gold words quoted %", "false answers %")
    with corpora.database() as database:
        for language in chosen.languages.split(","):
            measured = measure(database, corpora.xquad(language), chosen.every)
            table.add_row(language, str(measured["questions"]), *(f"{measured[one]:.1f}" for one in SHARES))
            figures.append({"language": language, **measured})
    Console(width=100).print(table)
    kept.keep(chosen.json, figures)


def measure(database: Database, corpus: corpora.Corpus, every: int) -> kept.Row:
    """The questions of one language, and in percent of them `SHARES`."""
    user, notes = corpora.keep(database, corpus, HashedEmbeddings())
    asked = corpus.asked[::every]
    answered = held = false = 0
    for one in asked:
        quotes = ask(database, user, one.question, corpus.language, [])
        answered += bool(quotes)
        held += any(words in " ".join(quotes) for words in one.answers)
        false += bool(ask(database, user, one.question, corpus.language, [notes[one.gold]]))
    shares = (100 * count / len(asked) for count in (answered, held, false))
    return {"questions": len(asked), **dict(zip(SHARES, shares, strict=True))}


def ask(database: Database, user: UUID, asked: str, language: str, without: list[UUID]) -> list[str]:
    """The quoted sentences; none where the answer is that the notes say nothing."""
    model = ExtractiveModel()
    wanted = ChatContext(max_context_notes=10 + len(without))
    hits = retrieve(database, HashedEmbeddings(), user, [asked], language, wanted).hits
    passages = pack([hit for hit in hits if hit.note.id not in without], model.tokens, model.context_tokens)
    given = answer(model, Question(asked, asked, language), passages, [], unmetered)
    return [cited.sentence.text for statement in given.statements for cited in statement.cited]


if __name__ == "__main__":
    main()

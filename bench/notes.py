"""How much of a human summary the extractive summary has: ROUGE beside the beginning of the text and sumy.

`python -m bench.notes [--handbook DIR] [--languages ru,de]`. Every system gets the same sentences and exactly as many
words, and is cleaned of hesitations by the same rules. English: QMSum's meetings against the answer to "summarize the
meeting". Other languages: the chapters of the Debian Administrator's Handbook (Debian's package `debian-handbook`, its
folder `html`) against their outline: the paragraph with which a chapter opens and the titles of its sections, none of
which are in the text. The weights were tuned on the tuned halves. Intervals: 95 %, bootstrap over documents.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from rich.console import Console
from rich.table import Table
from tests import data

from ai_conspects.text.sentences import Sentence, from_text
from bench import handbook
from bench.rouge import Rouge, rouge
from bench.summarisers import Summarise, systems

_TUNED = ("Bed003", "Bmr006", "Bmr023", "Bro019", "ES2004a", "ES2004c")
_HELD = ("Bed008", "Bed016", "Bmr014", "Bro004", "Bro027", "ES2004b")
_ROUNDS = 1_000


@dataclass(frozen=True)
class Document:
    """A text and what a person wrote of it."""

    sentences: tuple[Sentence, ...]
    reference: str


def main() -> None:
    """Run it and print a table for each set."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--handbook", type=Path, help="the handbook's folder of languages: ru-RU, de-DE, …")
    parser.add_argument("--languages", default="ru", help="of the handbook")
    asked = parser.parse_args()
    console = Console(width=110)
    console.print(compared("QMSum, tuned half", [_meeting(name) for name in _TUNED], "en"))
    console.print(compared("QMSum, held half", [_meeting(name) for name in _HELD], "en"))
    for language in asked.languages.split(",") if asked.handbook else ():
        chapters = [Document(c.sentences, c.outline) for c in handbook.chapters(asked.handbook, language)]
        if language == "ru":
            console.print(compared("Handbook ru, tuned half", chapters[::2], language))
            console.print(compared("Handbook ru, held half", chapters[1::2], language))
        else:
            console.print(compared(f"Handbook {language}", chapters, language))


def compared(title: str, documents: list[Document], language: str) -> Table:
    """A row for each system."""
    budget = round(fmean(len(document.reference.split()) for document in documents) / 10) * 10
    table = Table("system", "ROUGE-1", "ROUGE-2", "ROUGE-L", title=f"{title}: {len(documents)}, {budget} words each")
    for name, system in systems().items():
        scored = [_score(document, system, language, budget) for document in documents]
        columns = ([s.one for s in scored], [s.two for s in scored], [s.longest for s in scored])
        table.add_row(name, *map(_interval, columns))
    return table


def _score(document: Document, system: Summarise, language: str, budget: int) -> Rouge:
    return rouge(document.reference, system(document.sentences, language, budget), language)


def _interval(values: list[float]) -> str:
    chance = np.random.default_rng(0)
    means = chance.choice(values, (_ROUNDS, len(values))).mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return f"{fmean(values):.1f} ({low:.1f}-{high:.1f})"


def _meeting(name: str) -> Document:
    document = json.loads((data.test_data() / "qmsum" / f"{name}.json").read_text("utf-8"))
    return Document(from_text(data.meeting(name), "en"), document["general_query_list"][0]["answer"])


if __name__ == "__main__":
    main()

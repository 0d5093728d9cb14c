"""How much of what its authors call a chapter's subjects the key phrases name.

`python -m bench.phrases HANDBOOK [--languages ru,en,de]`. The chapters of the Debian Administrator's Handbook (see
bench.notes): of the different telling words in the titles of a chapter's sections, in dictionary form, those that are
in its ten heaviest key phrases; and of the phrases' words those that are in titles.
"""

import argparse
from pathlib import Path
from statistics import fmean

from rich.console import Console
from rich.table import Table

from ai_conspects.text.key_phrases import key_phrases
from ai_conspects.text.words import content_lemmas
from bench import handbook

_PHRASES = 10


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("handbook", type=Path)
    parser.add_argument("--languages", default="ru,en,de,fr,es,it,pt")
    asked = parser.parse_args()
    table = Table("language", "chapters", "title words named", "named words in titles", "words a phrase")
    for language in asked.languages.split(","):
        table.add_row(language, *_row(handbook.chapters(asked.handbook, language), language))
    Console(width=110).print(table)


def _row(chapters: list[handbook.Chapter], language: str) -> list[str]:
    recall, precision, lengths = [], [], []
    for chapter in chapters:
        wanted = set(content_lemmas(chapter.outline.partition("\n")[2], language))
        phrases = [phrase.text for phrase in key_phrases(chapter.sentences, language, _PHRASES)]
        named = set(content_lemmas(" ".join(phrases), language))
        recall.append(len(wanted & named) / len(wanted))
        precision.append(len(wanted & named) / max(1, len(named)))
        lengths += [len(phrase.split()) for phrase in phrases]
    return [
        str(len(chapters)),
        f"{fmean(recall):.1%}",
        f"{fmean(precision):.1%}",
        f"{fmean(lengths):.1f}",
    ]


if __name__ == "__main__":
    main()

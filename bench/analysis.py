"""How content analysis and an extractive note grow with the length of a text, beside a plain pass over its words.

`python -m bench.analysis [--most 1800000]`. QMSum meetings one after the other, cut at growing lengths; each length in
a process of its own, so that no cache is warm and the memory is that length's. Seconds should double with the length.
"""

import argparse
import multiprocessing
import resource
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.table import Table
from tests import data

from ai_conspects.engines.language_model.base import NoteMaterial
from ai_conspects.engines.language_model.extractive_notes import draft_notes
from ai_conspects.text.analyze import analyze
from ai_conspects.text.sentences import from_text
from ai_conspects.text.words import lemmas
from bench import kept

_MEETINGS = "Bed003 Bed008 Bed016 Bmr006 Bmr014 Bmr023 Bro004 Bro019 Bro027 ES2004a ES2004b ES2004c"


@dataclass(frozen=True)
class Grown:
    """Seconds for each part, and MiB that the process took beyond what it had with the text alone."""

    words: int
    plain_s: float
    analysis_s: float
    notes_s: float
    memory_mib: float


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--most", type=int, default=1_800_000, help="characters of the longest text")
    kept.option(parser)
    asked = parser.parse_args()
    most, figures = asked.most, list[kept.Row]()
    table = Table(
        "characters", "words", "plain pass s", "analysis s", "notes s", "analysis / pass", "notes / pass", "MiB"
    )
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        for characters in (most // 16, most // 8, most // 4, most // 2, most):
            grown = pool.apply(measured, (characters,))
            figures.append({"characters": characters, **asdict(grown)})
            seconds = [f"{grown.plain_s:.2f}", f"{grown.analysis_s:.2f}", f"{grown.notes_s:.2f}"]
            ratios = [f"{grown.analysis_s / grown.plain_s:.1f}", f"{grown.notes_s / grown.plain_s:.1f}"]
            table.add_row(f"{characters:,}", f"{grown.words:,}", *seconds, *ratios, f"{grown.memory_mib:.0f}")
    Console(width=120).print(table)
    kept.keep(asked.json, figures)


def measured(characters: int) -> Grown:
    """One text of that many characters, at most about seven meetings long before it repeats."""
    once = "\n".join(data.meeting(name) for name in _MEETINGS.split())
    text = "\n".join([once] * (characters // len(once) + 1))[:characters]
    sentences = from_text(text, "en")
    lemmas(text[:5_000], "en")  # loads the dictionaries
    plain_s = _seconds(lambda: sum(len(lemmas(sentence.text, "en")) for sentence in sentences))
    before = _peak_mib()
    began = time.perf_counter()
    analysis = analyze(sentences, "en", 5)
    analysis_s = time.perf_counter() - began
    notes_s = _seconds(lambda: draft_notes(NoteMaterial(sentences, analysis, 5, "deep", True)))
    return Grown(len(text.split()), plain_s, analysis_s, notes_s, _peak_mib() - before)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()

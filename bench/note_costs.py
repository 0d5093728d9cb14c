"""What notes of an hour of speech cost: calls, tokens and this program's own seconds, by language and size of part.

The model is a scripted one that keeps every third sentence of a part and every second fact, about what models do; it
counts a token per 4.1 characters of English and 2.8 of Russian. How long a real one takes follows from its tokens.

    python -m bench.note_costs SHARED_DATA
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session
from tests.data import xquad_articles
from tests.stubs.note_taker import a_note, given

from ai_conspects.core.settings import Settings
from ai_conspects.engines.language_model.base import Completion, NoteDrafts, T, Usage, unmetered
from ai_conspects.engines.registry import Engines
from ai_conspects.notes.grounding import ground, settled
from ai_conspects.pipeline.drafting import draft
from ai_conspects.pipeline.note_questions import Asked, Questions
from ai_conspects.pipeline.paid_answers import Paid, PaidAnswers
from ai_conspects.pipeline.step import Hands
from ai_conspects.text.analyze import analyze
from ai_conspects.text.sentences import from_text

WORDS_PER_HOUR = {"en": 9_000, "ru": 7_500}
CHARACTERS_PER_TOKEN = {"en": 4.1, "ru": 2.8}


@dataclass
class Counting:
    """A model that keeps some of the lines and counts what it reads and writes."""

    language: str
    part_tokens: int = 8_000
    context_tokens: int = 32_000
    name: str = "counting"
    usage: list[Usage] = field(default_factory=list)

    def tokens(self, text: str) -> int:
        return int(len(text) / CHARACTERS_PER_TOKEN[self.language]) + 1

    def complete(self, request: Completion[T]) -> T:
        body = {"messages": [{"content": message.content} for message in request.messages]}
        lines = given(body)
        kept = lines[:: 2 if request.output is NoteDrafts and "<facts" in body["messages"][-1]["content"] else 3]
        claims = [{"text": text, "sentence_ids": [number]} for number, text in kept]
        sections = [{"heading": "Part", "claims": claims}]
        note = a_note(title=kept[0][1][:60], summary=claims[:2], sections=sections)
        answer: dict[str, Any] = {"notes": [note]} if request.output is NoteDrafts else {"sections": sections}
        text = json.dumps(answer, ensure_ascii=False)
        read = sum(self.tokens(message.content) for message in request.messages)
        with request.meter(read) as told:
            told(Usage(calls=1, tokens_in=read, tokens_out=self.tokens(text)))
        return request.output.model_validate(answer)


def hour(language: str, data: Path, hours: float) -> str:
    """So many hours of speech: a meeting as it was transcribed, or an encyclopedia read aloud."""
    if language == "en":
        meeting = json.loads((data / "qmsum" / "Bmr006.json").read_text("utf-8"))["meeting_transcripts"]
        words = " ".join(turn["content"] for turn in meeting).split()
    else:
        words = " ".join(paragraph for article in xquad_articles("ru") for paragraph in article).split()
    wanted = int(WORDS_PER_HOUR[language] * hours)
    return " ".join((words * (wanted // len(words) + 1))[:wanted])


def cost(language: str, text: str, part_tokens: int) -> tuple[int, Usage, float, float]:
    """Parts, what the model was paid, seconds for the analysis, and for all else but the model."""
    begun = time.perf_counter()
    analysis = analyze(from_text(text, language), language, 3)
    analysed = time.perf_counter()
    model = Counting(language, part_tokens)
    asked = Asked(analysis_depth="detailed", generate_tags=True, max_notes_per_recording=3)
    nobodys: Any = None  # nothing is heard
    hands = Hands(_no_engines(), Settings(_env_file=None), _nothing, _nothing, lambda: 0.0, unmetered, nobodys)
    answers = PaidAnswers(model, hands, uuid4(), Paid(), Usage())
    drafts = draft(Questions(analysis, asked, None, 6_000), answers)
    for one in drafts:
        note = ground(one, analysis.sentences, language)
        assert note is not None
        assert settled(note, drop=False) is not None
    return len(answers.paid.starts), answers.usage, analysed - begun, time.perf_counter() - analysed


def _nothing(share: float, write: Callable[[Session], None] | None = None) -> None:
    """There is no row to write to."""


def _no_engines() -> Engines:
    return None  # type: ignore[return-value]  # the steps that are measured need none but the model


def main() -> None:
    """Print the table."""
    data = Path(sys.argv[1])
    print("| | part | parts | calls | tokens in | tokens out | analysis, s | drafting and checks, s |")
    print("|---|---|---|---|---|---|---|---|")
    for language in ("en", "ru"):
        for hours in (1.0, 3.0):
            for part in (4_000, 8_000, 16_000):
                parts, usage, analysis_s, rest_s = cost(language, hour(language, data, hours), part)
                per_hour = [round(value / hours) for value in (usage.tokens_in, usage.tokens_out)]
                figures = [part, parts, usage.calls, *per_hour, round(analysis_s / hours, 1), round(rest_s / hours, 1)]
                print(f"| {language}, {hours:g} h | " + " | ".join(str(value) for value in figures) + " |")


if __name__ == "__main__":
    main()

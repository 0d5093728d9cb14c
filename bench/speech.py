"""Words and letters wrong, speed, invented words, and what our way to an engine costs beside it.

`python -m bench.speech [--runs 3] [--clips jfk.flac …]`. Every engine that is configured and installed hears every
recording of the test data (AI_CONSPECTS_TEST_DATA) whose language it knows; the others are named with the reason.
Settings are read as the server reads them, so that a model of one's own is measured by
`AI_CONSPECTS_SPEECH__WHISPER_MODEL=/models/turbo python -m bench.speech`.
"""

import argparse
import json
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table
from tests.data import test_data

from ai_conspects.core.settings import Settings
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, SpeechToText
from ai_conspects.recordings.transcripts import confidence
from bench.speech_engines import at_hand
from bench.speech_nothing import Sound, nothing
from bench.speech_overhead import overhead
from bench.words import Errors, letter_errors, word_errors, words

console = Console(width=120)


@dataclass(frozen=True)
class Clip:
    """A recording of the test data. `reference` is what is said, empty for nothing, None where nobody wrote it down."""

    path: Path
    language: str | None
    reference: str | None

    @property
    def audio(self) -> DecodedAudio:
        return DecodedAudio(self.path, DecodingLimits(max_seconds=24 * 3600))


@dataclass(frozen=True)
class Hearing:
    """What an engine made of a recording, and the seconds of both."""

    audio_s: float
    wall_s: float
    segments: tuple[Segment, ...]

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def flagged(self) -> int:
        """Words in segments that are flagged as doubtful, and so stay out of notes."""
        return sum(len(words(segment.text)) for segment in self.segments if segment.flags)


def main() -> None:
    """Run it and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="turns whose median tells the overhead")
    parser.add_argument("--clips", nargs="*", help="only recordings of these file names")
    asked = parser.parse_args()
    found, skipped = at_hand(Settings())
    recordings = [clip for clip in clips(test_data()) if not asked.clips or clip.path.name in asked.clips]
    said = [clip for clip in recordings if clip.language]
    for engine in found:
        able = [clip for clip in said if hears(engine.speech, clip.language)]
        if not able:
            console.print(f"{engine.speech.name}: not measured, no recording in a language that it knows")
            continue
        hear(engine.speech, able[0].audio, able[0].language)  # loads the model
        console.print(transcripts(engine.speech, able))
        console.print(
            inventions(engine.speech, able[0].language, [clip for clip in recordings if clip.reference == ""])
        )
        if engine.bare:
            language = able[0].language or ""
            audible = [clip.audio for clip in able if clip.language == language]
            console.print(overhead(engine.speech, engine.bare, audible, language, asked.runs))
    for name, reason in skipped:
        console.print(f"{name}: not measured, {reason}")


def clips(folder: Path) -> Iterator[Clip]:
    """The recordings of the manifest that are there."""
    for entry in json.loads((folder / "manifest.json").read_text("utf-8"))["audio"]:
        if (folder / entry["file"]).is_file():
            yield Clip(folder / entry["file"], entry["language"], entry["reference"])


def hear(engine: SpeechToText, audio: Pcm16k, language: str | None) -> Hearing:
    """Have it transcribed and take the time."""
    segments: list[Segment] = []
    progress = [0.0]
    since = time.perf_counter()
    engine.transcribe(audio, language=language, since_s=0, on_segment=segments.append, on_progress=progress.append)
    return Hearing(progress[-1], time.perf_counter() - since, tuple(segments))


def hears(engine: SpeechToText, language: str | None) -> bool:
    """Whether it knows the language: it says so before it listens."""
    try:
        hear(engine, Sound(np.empty(0, np.int16)), language)
    except EngineRejected:
        return False
    return True


def transcripts(engine: SpeechToText, able: Iterable[Clip]) -> Table:
    """A row for each recording, and one for all of a language that have a reference."""
    table = Table("clip", "language", "audio s", "wall s", "× real time", "words wrong", "letters wrong", "confidence")
    table.title = f"{engine.name}: speech"
    in_words: dict[str, Errors] = defaultdict(Errors)
    in_letters: dict[str, Errors] = defaultdict(Errors)
    for clip in able:
        heard, language = hear(engine, clip.audio, clip.language), clip.language or ""
        wrong = word_errors(clip.reference or "", heard.text), letter_errors(clip.reference or "", heard.text)
        if clip.reference:
            in_words[language] += wrong[0]
            in_letters[language] += wrong[1]
        table.add_row(clip.path.name, language, *times(heard), *map(share, wrong), percent(confidence(heard.segments)))
    for language, errors in in_words.items():
        table.add_row("together", language, "", "", "", share(errors), share(in_letters[language]), "", style="bold")
    return table


def inventions(engine: SpeechToText, language: str | None, silent: Iterable[Clip]) -> Table:
    """Words heard where none are said, by an engine that was told this language."""
    table = Table("nothing said in", "audio s", "wall s", "× real time", "invented words", "of them flagged", "such as")
    table.title = f"{engine.name}: invented words"
    sources: list[tuple[str, Pcm16k]] = [*((clip.path.name, clip.audio) for clip in silent), *nothing()]
    for name, audio in sources:
        heard = hear(engine, audio, language)
        invented = words(heard.text)
        table.add_row(name, *times(heard), str(len(invented)), str(heard.flagged), " ".join(invented)[:40])
    return table


def times(heard: Hearing) -> tuple[str, str, str]:
    """Seconds of audio, on the clock, and these for each of those."""
    rate = f"{heard.wall_s / heard.audio_s:.3f}" if heard.audio_s else "–"
    return f"{heard.audio_s:.1f}", f"{heard.wall_s:.2f}", rate


def share(errors: Errors) -> str:
    """In percent of what was said."""
    return percent(errors.rate)


def percent(value: float | None) -> str:
    """With one digit."""
    return "–" if value is None else f"{value:.1%}"


if __name__ == "__main__":
    main()

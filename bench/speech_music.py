"""How much of music is taken for speech: seconds that reach the engine, and what it writes over them without a doubt.

`python -m bench.speech_music FILE …`, files of music in which nobody speaks; of each the `--seconds` from `--since` on.
The games in Debian have some hundred (nexuiz-music, ufoai-music, wesnoth-1.16-music …). Every engine that is configured
and knows English hears them; the flags are the engine's alone, to which the text's own are added in a transcript.
"""

import argparse
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from ai_conspects.core.settings import Settings
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Segment, SpeechToText
from ai_conspects.engines.speech_to_text.utterances import stretches
from bench.speech import hear, hears
from bench.speech_engines import at_hand
from bench.speech_nothing import Sound
from bench.words import words


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--since", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=30)
    asked = parser.parse_args()
    tracks = [_samples(file, asked.since, asked.seconds) for file in asked.files]
    table = Table("engine", "to the engine", "written over", "without a doubt", "words", "without a doubt")
    total_s = sum(len(track.samples) for track in tracks) / SAMPLE_RATE
    table.title = f"{len(tracks)} tracks, {total_s:.0f} s of music"
    found, _ = at_hand(Settings())
    for engine in (one.speech for one in found if hears(one.speech, "en")):
        table.add_row(engine.name, *_row(engine, tracks, total_s))
    Console(width=120).print(table)


def _row(engine: SpeechToText, tracks: list[Sound], total_s: float) -> tuple[str, ...]:
    passed_s = sum(one.end_s - one.start_s for track in tracks for one in stretches(track.blocks(), 0) if one.speech)
    written = [segment for track in tracks for segment in hear(engine, track, "en").segments if words(segment.text)]
    sure = [segment for segment in written if not segment.flags]
    shares = (f"{seconds / total_s:.1%}" for seconds in (passed_s, _seconds(written), _seconds(sure)))
    return (*shares, *(str(sum(len(words(one.text)) for one in some)) for some in (written, sure)))


def _seconds(segments: list[Segment]) -> float:
    return sum(segment.end_s - segment.start_s for segment in segments)


def _samples(file: Path, since_s: float, seconds: float) -> Sound:
    samples = np.concatenate(list(DecodedAudio(file, DecodingLimits(24 * 3600)).blocks(since_s)))
    return Sound(samples[: round(seconds * SAMPLE_RATE)])


if __name__ == "__main__":
    main()

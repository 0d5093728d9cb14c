"""Our Whisper beside OpenAI's own with the same weights, and what it costs to load the model in every task.

`python -m bench.speech_rivals MODEL --openai-whisper PYTHON`: a CTranslate2 folder in float16 or float32, and the
Python of an environment with `openai-whisper`, which needs torch and is therefore none of ours. Without the latter the
comparison is left out. Both hear all recordings of the test data in one language, on the CPU.
"""

import argparse
import json
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table
from tests.data import test_data

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from bench.speech import Clip, clips, hear
from bench.speech_nothing import Sound
from bench.words import word_errors

console = Console(width=120)


def main() -> None:
    """Run it and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path)
    parser.add_argument("--openai-whisper", type=Path, metavar="PYTHON")
    parser.add_argument("--language", default="en")
    parser.add_argument("--clips", nargs="*", help="only recordings of these file names")
    asked = parser.parse_args()
    said = [clip for clip in clips(test_data()) if clip.language == asked.language and clip.reference]
    said = [clip for clip in said if not asked.clips or clip.path.name in asked.clips]
    console.print(loading(asked.model, said, asked.language))
    if asked.openai_whisper is None:
        console.print("openai-whisper: not measured, no Python with it was named (--openai-whisper PYTHON)")
    else:
        console.print(beside(asked.model, asked.openai_whisper, said, asked.language))


def loading(model: Path, said: list[Clip], language: str) -> Table:
    """Each recording by a model that is there, and by one that is loaded for it."""
    table = Table("clip", "audio s", "heard s", "loading s", "× as long with loading", title="a model for every task")
    held = FasterWhisperEngine(str(model), "cpu")
    hear(held, said[0].audio, language)
    for clip in said:
        heard = hear(held, clip.audio, language)
        since = time.perf_counter()
        FasterWhisperEngine(str(model), "cpu")._whisper()
        load_s = time.perf_counter() - since
        times = f"{1 + load_s / heard.wall_s:.2f}"
        table.add_row(clip.path.name, f"{heard.audio_s:.1f}", f"{heard.wall_s:.2f}", f"{load_s:.2f}", times)
    return table


def beside(model: Path, python: Path, said: list[Clip], language: str) -> Table:
    """Both on all the recordings, one after the other."""
    table = Table("", "audio s", "clock s", "CPU s", "× real time", "words wrong", "ours is faster by")
    table.title = f"{model.name}: OpenAI's own package and ours, with the same weights"
    samples = np.concatenate([block for clip in said for block in clip.audio.blocks()])
    reference = " ".join(clip.reference or "" for clip in said)
    theirs = _theirs(model, python, samples.astype(np.float32) / 32_768, language)
    engine = FasterWhisperEngine(str(model), "cpu")
    hear(engine, said[0].audio, language)
    cpu_s = time.process_time()
    ours = hear(engine, Sound(samples), language)
    cpu_s = time.process_time() - cpu_s
    seconds = len(samples) / SAMPLE_RATE
    rows = [
        (f"openai-whisper, {name}", *(theirs[key][part] for part in ("wall_s", "cpu_s", "text"))) for name, key in _WAYS
    ]
    for name, wall_s, spent_s, text in [*rows, ("ours", ours.wall_s, cpu_s, ours.text)]:
        wrong = word_errors(reference, text).rate or 0.0
        figures = (f"{seconds:.0f}", f"{wall_s:.1f}", f"{spent_s:.1f}", f"{wall_s / seconds:.3f}", f"{wrong:.1%}")
        table.add_row(
            name, *figures, "" if name == "ours" else f"{wall_s / ours.wall_s:.1f} × (CPU {spent_s / cpu_s:.1f} ×)"
        )
    return table


_WAYS = (("five beams and words' times, as ours", "same"), ("its defaults", "plain"))


def _theirs(model: Path, python: Path, samples: Any, language: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "samples.npy"
        np.save(file, samples)
        script = Path(__file__).with_name("openai_whisper.py")
        run = subprocess.run([python, script, model.resolve(), language, file], stdout=subprocess.PIPE, check=True)
    told: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return told


if __name__ == "__main__":
    main()

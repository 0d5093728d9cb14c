"""What decoding a long recording costs in memory: ours, streamed, beside `faster_whisper.decode_audio`, which keeps it.

`python -m bench.decoding [--hours 0.5 1 3]`. A tone with noise as AAC in an m4a, made here; each decoder in a process
of its own, whose peak is read when it ends. Goal: a tenth of the memory.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from rich.console import Console
from rich.table import Table

from bench import kept

RATE = 16_000
OURS = """
from pathlib import Path
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.decoding.decoders import end
samples = sum(len(block) for block in DecodedAudio(Path(sys.argv[1]), DecodingLimits(max_seconds=1e6)).blocks())
end()
"""
THEIRS = """
from faster_whisper import decode_audio
samples = len(decode_audio(sys.argv[1], sampling_rate=16000))
"""
REPORT = """
own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
print(samples, own, children)
"""


@dataclass(frozen=True)
class Run:
    """`peak_mb` is that of the process and of its largest child together."""

    samples: int
    peak_mb: float
    seconds: float


def main() -> None:
    """Each length; print the tables, and with `--json` keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, nargs="+", default=[0.5, 1, 3])
    kept.option(parser)
    asked = parser.parse_args()
    kept.keep(asked.json, [one for hours in asked.hours for one in measure(hours)])


def measure(hours: float) -> list[kept.Row]:
    """Make the recording, decode it twice, print the table."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "long.m4a"
        make(path, hours)
        ours, theirs = decode(OURS, path), decode(THEIRS, path)
    table = Table("decoder", "peak MB", "seconds", "samples", title=f"{hours:g} h of m4a")
    for name, run in (("ours", ours), ("faster_whisper.decode_audio", theirs)):
        table.add_row(name, f"{run.peak_mb:.0f}", f"{run.seconds:.1f}", f"{run.samples:,}")
    table.add_row("ours / theirs", f"{ours.peak_mb / theirs.peak_mb:.2f}", f"{ours.seconds / theirs.seconds:.2f}", "")
    Console(width=100).print(table)
    return [{"hours": hours, "decoder": name, **asdict(run)} for name, run in (("ours", ours), ("theirs", theirs))]


def make(path: Path, hours: float) -> None:
    """A minute of a tone with noise, as often as it takes."""
    noise = np.random.default_rng(1).normal(0, 300, 60 * RATE)
    minute = (np.sin(np.arange(60 * RATE) * 2 * np.pi * 220 / RATE) * 6_000 + noise).astype(np.int16)
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("aac", rate=RATE, layout="mono")
        for _ in range(round(hours * 60)):
            frame = av.AudioFrame.from_ndarray(minute[None, :], format="s16", layout="mono")
            frame.sample_rate = RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def decode(code: str, path: Path) -> Run:
    """Run the code in a fresh process."""
    since = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", f"import resource, sys\n{code}{REPORT}", str(path)],
        capture_output=True,
        text=True,
        check=True,
    )
    samples, own, children = map(int, told.stdout.split())
    unit = 1024 if sys.platform == "linux" else 1  # ru_maxrss is in KiB on Linux, in bytes on macOS
    return Run(samples, (own + children) * unit / 1e6, time.perf_counter() - since)


if __name__ == "__main__":
    main()

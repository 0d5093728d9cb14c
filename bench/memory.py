"""What a batch of ten recordings of an hour needs in memory, beside one such recording.

`python -m bench.memory [--recordings 10] [--talks 10]`. The embedded stack as `serve` runs it, with the engine and the
number of processes that the environment names; the recordings are an hour of a room's hiss in which a bundled clip of
real speech is heard so many times. Every half second the resident memory of each part is added up, its processes and
their decoders, shared pages counted in each; shown is the most that each part had.
"""

import argparse
import os
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

import av
import numpy as np
from rich.console import Console
from rich.table import Table
from tests.servers import short_folder

from ai_conspects.cli.client import Client, Device, Upload
from ai_conspects.cli.running import Connection
from ai_conspects.cli.watching import watch
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.services import processes
from ai_conspects.embedded.stack import Stack
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits

RATE, HOUR_S = 16_000, 3600
PARTS = {"worker-audio@": "worker-audio", "worker-other@": "worker-other", "ai_conspects.main": "api"}


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recordings", type=int, default=10)
    parser.add_argument("--talks", type=int, default=10)
    given = parser.parse_args()
    with short_folder() as home, Stack(Settings(_env_file=None, home=home / "home"), port=0) as running:
        hour = home / "hour.ogg"
        encode(an_hour(given.talks), hour)
        at_a_time = processes(running.settings)[0]
        table = Table("", *(f"{part}, MiB" for part in PARTS.values()), title=f"{at_a_time} heard at a time")
        with tempfile.TemporaryDirectory() as folder, Client(running.url, Device.of(Path(folder) / "device")) as api:
            table.add_row("started", *row(Counter(resident())))
            for count in (1, given.recordings):
                with watched() as most:
                    send(Connection(api, running.tend), hour, count)
                table.add_row(f"{count} of an hour", *row(most))
                print(count, *row(most), flush=True)
        Console(width=100).print(table)


def an_hour(talks: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.int16]]":
    """Hiss at −60 dB, and the clip at even distances."""
    clip = Path(str(files("ai_conspects.cli") / "clips" / "jfk.m4a"))
    blocks = DecodedAudio(clip, DecodingLimits(max_seconds=60)).blocks()
    said = np.concatenate(list(blocks))
    hour = np.random.default_rng(1).normal(0, 32, HOUR_S * RATE).astype(np.int16)
    for at in range(0, HOUR_S * RATE, HOUR_S * RATE // talks):
        hour[at : at + len(said)] = said
    return hour


def encode(samples: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]", path: Path) -> None:
    """As Opus, as phones do."""
    with av.open(path, "w") as out:
        stream = out.add_stream("libopus", rate=48_000)
        resampler = av.AudioResampler("s16", "mono", 48_000)
        for start in range(0, len(samples), RATE):
            frame = av.AudioFrame.from_ndarray(samples[None, start : start + RATE], "s16", "mono")
            frame.rate = RATE
            for part in resampler.resample(frame):
                out.mux(stream.encode(part))
        out.mux(stream.encode(None))


def send(server: Connection, hour: Path, count: int) -> None:
    """One batch of so many, to its end."""
    batch_id = str(uuid4())
    uploads = [Upload(str(uuid4()), hour, float(HOUR_S), datetime.now(UTC)) for _ in range(count)]
    server.api.submit(batch_id, uploads, {"language": "en", "include_research": False})
    with Path("/dev/null").open("w") as nowhere:
        watch(Console(file=nowhere), server, batch_id)


@contextmanager
def watched() -> Iterator[Counter[str]]:
    """The most that each part had inside the block, in bytes."""
    most, stop = Counter[str](), threading.Event()

    def look() -> None:
        while not stop.wait(0.5):
            most.update({part: max(0, now - most[part]) for part, now in resident().items()})

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield most
    finally:
        stop.set()
        thread.join()


def resident() -> dict[str, int]:
    """Bytes by part: of each process below this one that is the part's, or a child of it."""
    found = {pid: (parent, size, line) for pid, parent, size, line in _processes()}
    total = Counter[str]()
    for pid, (_, size, _line) in found.items():
        at, part = pid, None
        while part is None and at in found:
            part = next((name for word, name in PARTS.items() if word in found[at][2]), None)
            at = found[at][0]
        if part and _is_below(pid, found):
            total[part] += size
    return total


def _is_below(pid: int, found: dict[int, tuple[int, int, str]]) -> bool:
    while pid in found:
        pid = found[pid][0]
        if pid == os.getpid():
            return True
    return False


def _processes() -> Iterator[tuple[int, int, int, str]]:
    """Of every process: its id, its parent's, its resident bytes, its command line."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = dict(
                line.split(":\t", 1) for line in (folder / "status").read_text().splitlines() if ":\t" in line
            )
            line = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # it has ended
            continue
        yield int(folder.name), int(status["PPid"]), int(status.get("VmRSS", "0 kB").split()[0]) << 10, line


def row(most: Counter[str]) -> list[str]:
    """Its cells."""
    return [f"{most[part] / 2**20:.0f}" for part in PARTS.values()]


if __name__ == "__main__":
    main()

"""What the pipeline costs beside its engines: wall time from submit to the end, minus the time inside engines.

`python -m bench.overhead [--runs 5]`. The embedded stack as `serve` runs it, with the offline engines; the bundled
clips one after the other through the public API. The first run loads the engines and is shown apart.
Goal: under 300 ms and under 5 % of the wall time.
"""

import argparse
import statistics
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from uuid import uuid4

from rich.console import Console
from rich.table import Table
from sqlalchemy import text
from tests.servers import short_folder

from ai_conspects.cli.client import Client, Device, Upload
from ai_conspects.cli.running import Connection
from ai_conspects.cli.watching import watch
from ai_conspects.core.db import Database, connect
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.stack import Stack
from bench import kept

FIGURES = """
SELECT extract(epoch FROM max(s.finished_at) - b.created_at), sum(s.work_s), max(r.duration)
FROM processing_batches b JOIN recording_steps s ON s.batch_id = b.id JOIN audio_recordings r ON r.batch_id = b.id
WHERE b.client_id = :batch GROUP BY b.id
"""


@dataclass(frozen=True)
class Run:
    """Seconds: of audio, from the accepted submit to the last step's end, and inside engines."""

    audio_s: float
    wall_s: float
    engines_s: float

    @property
    def overhead_s(self) -> float:
        return self.wall_s - self.engines_s


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    kept.option(parser)
    asked = parser.parse_args()
    runs, figures = asked.runs, list[kept.Row]()
    console = Console(width=110)
    table = Table("clip", "run", "audio s", "wall s", "engines s", "overhead ms", "of the wall")
    with stack() as running, tempfile.TemporaryDirectory() as folder:
        database = connect(running.settings.database_url.get_secret_value(), ring=lambda _: None)
        with Client(running.url, Device.of(Path(folder) / "device.json")) as api:
            for clip in clips():
                measured = [one(Connection(api, running.tend), database, clip) for _ in range(runs + 1)]
                row(table, clip.name, "first", measured[0])
                row(table, clip.name, f"median of {runs}", median(measured[1:]))
                figures.append(
                    {"clip": clip.name, "first": asdict(measured[0]), "median": asdict(median(measured[1:]))}
                )
        database.dispose()
    console.print(table)
    kept.keep(asked.json, figures)


@contextmanager
def stack() -> Iterator[Stack]:
    """The embedded stack in a folder of its own, with nothing taken from the environment's `.env`."""
    with short_folder() as home, Stack(Settings(_env_file=None, home=home / "home"), port=0) as running:
        yield running


def clips() -> list[Path]:
    """The bundled recordings."""
    folder = Path(str(files("ai_conspects.cli") / "clips"))
    return sorted(path for path in folder.iterdir() if path.suffix in {".m4a", ".mp3", ".flac"})


def one(server: Connection, database: Database, clip: Path) -> Run:
    """Send the clip alone, wait for its end, and read its figures."""
    batch_id = str(uuid4())
    server.api.submit(batch_id, [Upload.of(clip)], {"language": "en"})
    with Path("/dev/null").open("w") as nowhere:
        watch(Console(file=nowhere), server, batch_id)
    with database.transaction(as_system="a bench") as session:
        wall_s, engines_s, audio_s = session.execute(text(FIGURES), {"batch": batch_id}).one()
    return Run(float(audio_s), float(wall_s), float(engines_s))


def median(runs: list[Run]) -> Run:
    """The run with the middle overhead."""
    middle = statistics.median_low(run.overhead_s for run in runs)
    return next(run for run in runs if run.overhead_s == middle)


def row(table: Table, clip: str, name: str, run: Run) -> None:
    """One line of the table."""
    overhead = f"{run.overhead_s * 1000:.0f}"
    share = f"{run.overhead_s / run.wall_s:.1%}"
    table.add_row(clip, name, f"{run.audio_s:.1f}", f"{run.wall_s:.2f}", f"{run.engines_s:.2f}", overhead, share)


if __name__ == "__main__":
    main()

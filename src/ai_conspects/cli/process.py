"""`process` and `demo`: recordings in, notes out, through the public API as any client would."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from uuid import uuid4

from rich.console import Console

from ai_conspects.cli.client import Upload
from ai_conspects.cli.running import Connection, connection
from ai_conspects.cli.showing import show_answer, show_results
from ai_conspects.cli.watching import watch
from ai_conspects.core.settings import Settings

PER_BATCH = 10
PAGE_URL = "http://127.0.0.1:8000/"  # where `serve` answers unless it is told otherwise
DEMO_QUESTION = "What can your country do for you?"


@dataclass(frozen=True)
class Wishes:
    """The settings of the batch that a person may choose."""

    language: str
    depth: str
    max_notes: int
    research: bool

    def wire(self) -> dict[str, object]:
        """As the API takes them."""
        return {
            "language": self.language,
            "analysis_depth": self.depth,
            "max_notes_per_recording": self.max_notes,
            "include_research": self.research,
        }


def process_files(settings: Settings, console: Console, paths: Sequence[Path], wishes: Wishes) -> bool:
    """Turn the files into notes and print them. Whether every recording got to its end without an error."""
    with connection(settings, console) as server:
        return process(server, console, paths, wishes)


def process(server: Connection, console: Console, paths: Sequence[Path], wishes: Wishes) -> bool:
    """Submit in batches of ten, watch, print."""
    complete = True
    for first in range(0, len(paths), PER_BATCH):
        uploads = [Upload.of(path) for path in paths[first : first + PER_BATCH]]
        batch_id = f"cli-{uuid4()}"
        accepted = server.api.submit(batch_id, uploads, wishes.wire())
        console.print(
            f"{accepted['message']}: {len(uploads)} recording(s), place {accepted['queue_position']} in the queue, "
            f"about {accepted['estimated_time']} min"
        )
        ended = watch(console, server, batch_id)
        complete = complete and ended["status"] == "completed"
        show_results(console, server.api.results(batch_id))
    return complete


def demo(settings: Settings, console: Console) -> bool:
    """The bundled clips of real speech, then one question to what came of them."""
    folder = files("ai_conspects.cli") / "clips"
    with as_file(folder) as clips, connection(settings, console) as server:
        recordings = sorted(path for path in clips.iterdir() if path.suffix in {".m4a", ".mp3", ".flac"})
        complete = process(server, console, recordings, Wishes("en", "detailed", 1, research=True))
        show_answer(console, DEMO_QUESTION, server.api.ask(DEMO_QUESTION))
    console.print(f"The same in a browser: `ai-conspects serve`, then open {PAGE_URL}", soft_wrap=True)
    return complete

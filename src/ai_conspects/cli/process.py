"""`process` and `demo`: recordings in, notes out, through the public API as any client would."""

from collections.abc import Sequence
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
DEMO_SETTINGS = {"language": "en", "analysis_depth": "detailed", "max_notes_per_recording": 1, "include_research": True}


def process_files(settings: Settings, console: Console, paths: Sequence[Path], asked: dict[str, object]) -> bool:
    """Turn the files into notes by these settings, and print them. Whether every recording came to its end."""
    with connection(settings, console) as server:
        return process(server, console, paths, asked)


def process(server: Connection, console: Console, paths: Sequence[Path], asked: dict[str, object]) -> bool:
    """Submit in batches of ten, watch, print."""
    complete = True
    for first in range(0, len(paths), PER_BATCH):
        uploads = [Upload.of(path) for path in paths[first : first + PER_BATCH]]
        batch_id = f"cli-{uuid4()}"
        accepted = server.api.submit(batch_id, uploads, asked)
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
        complete = process(server, console, recordings, DEMO_SETTINGS)
        show_answer(console, DEMO_QUESTION, server.api.ask(DEMO_QUESTION))
    console.print(f"The same in a browser: `ai-conspects serve`, then open {PAGE_URL}", soft_wrap=True)
    return complete

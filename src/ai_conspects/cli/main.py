"""The command line: run the server, turn recordings into notes, read, search and ask them.

Exit codes: 0 done · 1 it failed, and the message says why · 2 wrong usage or setting · 3 nothing was found.
"""

import json
import sys
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import httpx
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ai_conspects import __version__
from ai_conspects.cli import models
from ai_conspects.core.errors import ConfigurationError, DomainError
from ai_conspects.core.settings import Settings
from ai_conspects.engines.errors import EngineError

if TYPE_CHECKING:
    from ai_conspects.cli.running import Connection

NOTHING_FOUND = 3

AsJson = Annotated[bool, typer.Option("--json", help="Print the API's own answer, for other programs.")]

app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, help=__doc__)
app.add_typer(models.app, name="models")
console = Console(width=None if sys.stdout.isatty() else 100)
errors = Console(stderr=True)


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 for any free one.")] = 8000,
) -> None:
    """Run the whole server on this machine until Ctrl-C."""
    from ai_conspects.embedded.stack import Stack

    with suppress(KeyboardInterrupt), Stack(_settings(), host=host, port=port, tell=_tell) as stack:
        console.print(
            f"AI Conspects {__version__} answers at {stack.url} · data in {stack.home.root} · Ctrl-C stops it"
        )
        stack.supervise()


@app.command()
def process(
    files: Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, help="Recordings: m4a, mp3, wav, …")],
    language: Annotated[str, typer.Option(help="The language spoken (ru, en, …), or auto.")] = "auto",
    depth: Annotated[str, typer.Option(help="brief, detailed or deep.")] = "detailed",
    max_notes: Annotated[int, typer.Option(min=1, max=20, help="Notes per recording, at most.")] = 3,
    research: Annotated[bool, typer.Option(help="Look up sources, where a search engine is configured.")] = True,
) -> None:
    """Turn recordings into notes and print them."""
    from ai_conspects.cli.process import process_files

    asked = {
        "language": language,
        "analysis_depth": depth,
        "max_notes_per_recording": max_notes,
        "include_research": research,
    }
    if not process_files(_settings(), console, files, asked):
        raise typer.Exit(1)


@app.command()
def demo() -> None:
    """Show the whole job on bundled recordings: real speech in, notes out, one question answered."""
    from ai_conspects.cli.process import demo as run_demo
    from ai_conspects.embedded.paths import home_folder

    settings = _settings()
    if settings.home is None:  # the demo's notes don't mix with one's own
        usual = home_folder(None).root
        settings = settings.model_copy(update={"home": usual.with_name(f"{usual.name}-demo")})
    if not run_demo(settings, console):
        raise typer.Exit(1)


@app.command()
def notes(
    note_id: Annotated[str | None, typer.Argument(help="Read this note; without it the newest are listed.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only notes with this tag.")] = None,
    favorite: Annotated[bool, typer.Option("--favorite", help="Only favourites.")] = False,
    unread: Annotated[bool, typer.Option("--unread", help="Only those not read yet.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List one's notes, or read one."""
    from ai_conspects.cli import reading

    filters = {"tag": tag, "is_favorite": favorite or None, "is_read": False if unread else None}
    with _connected() as server:
        if note_id is not None:
            reading.read_note(server.api, console, note_id, as_json=as_json)
        elif not reading.list_notes(server.api, console, limit=limit, as_json=as_json, **filters):
            raise typer.Exit(NOTHING_FOUND)


@app.command()
def search(
    query: Annotated[str, typer.Argument(help='Words; "a phrase" in quotes; the beginning of a word and *.')],
    mode: Annotated[str, typer.Option(help="hybrid, text or semantic.")] = "hybrid",
    tag: Annotated[str | None, typer.Option(help="Only notes with this tag.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="At most so many.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Find where something was said."""
    from ai_conspects.cli import reading

    with _connected() as server:
        if not reading.search(server.api, console, query, limit=limit, as_json=as_json, mode=mode, tag=tag):
            raise typer.Exit(NOTHING_FOUND)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="Without it, one question after the other is read.")] = None,
    conversation: Annotated[str | None, typer.Option(help="The id of a conversation to go on with.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask one's notes; every statement of the answer is cited."""
    from ai_conspects.cli import asking

    with _connected() as server:
        if question is None:
            asking.converse(server.api, console, conversation)
        elif not asking.ask(server.api, console, question, conversation_id=conversation, as_json=as_json):
            raise typer.Exit(NOTHING_FOUND)


@app.command()
def watch(
    batch: Annotated[str | None, typer.Argument(help="Follow this batch to its end; without it, everything.")] = None,
    as_json: AsJson = False,
) -> None:
    """Follow what the server does with one's recordings, live, until Ctrl-C."""
    from ai_conspects.cli import following, watching

    with _connected() as server:
        if batch is not None and not as_json:
            if watching.watch(console, server, batch)["status"] != "completed":
                raise typer.Exit(1)
            return
        for event in following.events(server.api, batch):
            if as_json:
                print(json.dumps(event, ensure_ascii=False), flush=True)
            else:
                following.show(console, event)
            ended = batch and following.end_of(server.api, batch, event)
            if ended:
                raise typer.Exit(0 if ended == "completed" else 1)


@app.command()
def mcp() -> None:
    """Serve one's notes to an assistant, by the Model Context Protocol on standard input and output."""
    from ai_conspects.cli import mcp as assistant

    with _connected() as server:
        assistant.server(server.api).run()


@app.command()
def doctor() -> None:
    """Check the set-up; one line for each thing, and how to mend what is wrong."""
    from ai_conspects.cli.doctor import checks

    failed = False
    for finding in checks(_settings()):
        failed = failed or not finding.ok
        mark = "[green]✓[/]" if finding.ok else "[red]✗[/]"
        mend = f" → {escape(finding.mend)}" if finding.mend and not finding.ok else ""
        console.print(f"{mark} {escape(finding.name)}: {escape(finding.message)}{mend}", soft_wrap=True)
    if failed:
        raise typer.Exit(1)


@app.command()
def migrate() -> None:
    """Bring the tables of the database in DATABASE_URL up to date; `serve` does this by itself for its own."""
    from ai_conspects.cli.migrate import migrate as run_migrate

    run_migrate(_settings())
    console.print("The database is up to date.")


@app.command()
def invite(
    days: Annotated[int, typer.Option(min=1, max=365, help="How long the code is good.")] = 7,
) -> None:
    """Print a code with which one device may register, where AI_CONSPECTS_AUTH__REGISTRATION is `invite`."""
    from ai_conspects.cli.operator import invitation

    console.print(invitation(_settings(), days))


@app.command()
def recover(device_id: Annotated[str, typer.Argument(help="The device whose secret is lost.")]) -> None:
    """Print a code, good for an hour, with which this device gets a new secret (POST /v1/auth/recover)."""
    from ai_conspects.cli.operator import recovery

    console.print(recovery(_settings(), device_id))


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="The file to write; it must not be there.")]) -> None:
    """Write everything, rows and audio, to one file. The server may go on working."""
    from ai_conspects.cli.backup import backup as run_backup

    made = run_backup(_settings(), file, _tell)
    size = f"{made.size_bytes / 2**20:.1f} MiB"
    console.print(f"{file}: {made.rows} rows, {made.objects} objects, {size}\nSHA-256 {made.sha256}", soft_wrap=True)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file that `backup` wrote.")],
    replace: Annotated[bool, typer.Option(help="Remove whatever is there first.")] = False,
) -> None:
    """Bring a backup back, into an empty database and store. The server must not run."""
    from ai_conspects.cli.backup import restore as run_restore

    made = run_restore(_settings(), file, replace=replace, tell=_tell)
    console.print(
        f"Restored as of {made.made_at}: {made.users} users, {made.recordings} recordings, {made.notes} notes, "
        f"{made.objects} objects."
    )


def main() -> None:
    """The entry point: an expected error is a sentence and exit code 1, never a traceback."""
    from ai_conspects.cli.client import ApiError

    try:
        app()
    except (DomainError, ApiError, EngineError, ConfigurationError) as error:
        errors.print(f"[red]✗[/] {escape(str(error))}")
        sys.exit(1)
    except httpx.HTTPError as error:
        errors.print(f"[red]✗[/] The server did not answer ({type(error).__name__}). What it had accepted is kept.")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _connected() -> "AbstractContextManager[Connection]":
    """Whatever is said about the server goes to the error stream: what is printed may be read by a program."""
    from ai_conspects.cli.running import connection

    return connection(_settings(), errors)


def _settings() -> Settings:
    try:
        return Settings()
    except ValidationError as error:
        for fault in error.errors():
            errors.print(f"[red]✗[/] {'.'.join(map(str, fault['loc']))}: {escape(fault['msg'])}")
        raise typer.Exit(2) from None


def _tell(what: str) -> None:
    console.print(f"[dim]{escape(what)}[/]")

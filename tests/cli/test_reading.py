"""`notes`, `search`, `ask` and `mcp` beside a running server, as a person, a script and an assistant use them."""

import asyncio
import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.cli.commands import PROGRAM, CommandLine, Serving
from tests.e2e.homes import new_home
from tests.e2e.recordings import clip

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")

NOTHING_FOUND = 3


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """A server with the notes of one clip."""
    folder = tmp_path_factory.mktemp("reading")
    (folder / "speech.m4a").write_bytes(clip())
    with new_home() as home:
        made = CommandLine(home, folder)
        with made.serving():
            done = made.run("process", "speech.m4a", "--language", "en")
            assert done.returncode == 0, done.stdout + done.stderr
            yield made


@pytest.fixture
def serving(line: CommandLine) -> Iterator[Serving]:
    """Another server, in whose store nothing is."""
    with new_home() as home, CommandLine(home, line.folder).serving() as other:
        yield other


def told(line: CommandLine, *argv: str, code: int = 0, **variables: str) -> Any:
    """What a command prints with `--json`, read by a program."""
    done = line.run(*argv, "--json", **variables)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_notes_lists_and_reads(line: CommandLine) -> None:
    (note,) = told(line, "notes")
    listed = line.run("notes")
    assert note["title"] in listed.stdout
    assert note["id"] in listed.stdout
    read = line.run("notes", note["id"])
    assert note["citations"][0]["quote"][:20] in read.stdout


def test_a_filter_that_lets_nothing_through_ends_with_its_own_code(line: CommandLine) -> None:
    assert told(line, "notes", "--favorite", code=NOTHING_FOUND) == []
    assert line.run("notes", "--tag", "no such tag").returncode == NOTHING_FOUND


def test_a_note_that_is_not_there_is_an_error_in_words(line: CommandLine) -> None:
    done = line.run("notes", "0190f0f0-0000-7000-8000-000000000000")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Note not found" in done.stderr


def test_search_tells_the_second_and_marks_the_words(line: CommandLine) -> None:
    hits = told(line, "search", "country")
    assert hits[0]["start"] is not None
    assert "<mark>" in hits[0]["snippet"]
    shown = line.run("search", "country")
    assert "at 0:0" in shown.stdout
    assert "<mark>" not in shown.stdout
    assert line.run("search", "photosynthesis", "--mode", "text").returncode == NOTHING_FOUND


def test_ask_cites_and_says_when_the_notes_are_silent(line: CommandLine) -> None:
    answer = told(line, "ask", "What can your country do for you?")
    assert answer["response"]["citations"]
    again = told(line, "ask", "And for you?", "--conversation", answer["conversation_id"], code=0)
    assert again["conversation_id"] == answer["conversation_id"]
    silent = line.run("ask", "Who painted the ceiling of the chapel?")
    assert silent.returncode == NOTHING_FOUND


def test_questions_are_read_one_after_the_other(line: CommandLine) -> None:
    done = line.run("ask", typed="What can your country do for you?\nWhat can you do?\n\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("confidence") == 2


def test_a_named_server_is_used_and_knows_this_command_line_as_somebody_else(
    line: CommandLine, serving: Serving
) -> None:
    elsewhere = {"AI_CONSPECTS_CLIENT__SERVER": serving.url}
    assert told(line, "notes", code=NOTHING_FOUND, **elsewhere) == []
    assert len(told(line, "notes")) == 1
    devices = [json.loads(file.read_text()) for file in line.home.glob("cli-device*.json")]
    assert len({device["secret"] for device in devices}) == 2


def test_a_given_device_sees_its_own_notes_from_anywhere(line: CommandLine, tmp_path: Path) -> None:
    device = json.loads((line.home / "cli-device.json").read_text())
    url = json.loads((line.home / "server.json").read_text())["url"]
    away = CommandLine(tmp_path / "nobody's", line.folder)
    account = {"AI_CONSPECTS_CLIENT__SERVER": url, "AI_CONSPECTS_CLIENT__DEVICE_ID": device["device_id"]}
    assert len(told(away, "notes", AI_CONSPECTS_CLIENT__DEVICE_SECRET=device["secret"], **account)) == 1
    refused = away.run("notes", AI_CONSPECTS_CLIENT__DEVICE_SECRET="wrong", **account)
    assert refused.returncode == 1
    assert not (tmp_path / "nobody's").exists()


@pytest.mark.parametrize("address", ["localhost:8000", "ftp://localhost", "http://"])
def test_an_address_that_is_none_is_refused_in_words(line: CommandLine, address: str) -> None:
    done = line.run("notes", AI_CONSPECTS_CLIENT__SERVER=address)
    assert (done.returncode, "AI_CONSPECTS_CLIENT__SERVER" in done.stderr) == (1, True)


def test_a_server_that_is_away_is_said_so(line: CommandLine) -> None:
    done = line.run("notes", AI_CONSPECTS_CLIENT__SERVER="http://127.0.0.1:9")
    assert (done.returncode, "did not answer" in done.stderr) == (1, True)


def test_watching_shows_the_words_as_they_are_heard_and_the_notes_as_they_are_made(line: CommandLine) -> None:
    with line.begun("watch") as watching, line.begun("watch", "--json") as machine:
        heard = iter(machine.stdout or ())
        assert json.loads(next(heard))["type"] == "hello"
        assert line.run("process", "speech.m4a", "--language", "en").returncode == 0
        told = list(takewhile(lambda event: event["type"] != "batch.finished", map(json.loads, heard)))
        lines = takewhile(lambda shown: not shown.endswith("completed\n"), watching.stdout or ())
        shown = "".join(lines)
    assert {"recording.step", "recording.segments", "note.created", "batch.progress"} <= {one["type"] for one in told}
    assert "country" in shown
    assert "transcription done" in shown
    batch = told[1]["batch_id"]
    ended = line.run("watch", batch, "--json")
    assert (ended.returncode, json.loads(ended.stdout)["type"]) == (0, "hello")
    assert "100%" in line.run("watch", batch).stdout


def test_a_batch_that_is_not_there_cannot_be_watched(line: CommandLine) -> None:
    for more in ((), ("--json",)):
        done = line.run("watch", "no-such-batch", *more)
        assert (done.returncode, "Batch not found" in done.stderr) == (1, True)


def test_an_assistant_searches_reads_lists_and_asks(line: CommandLine) -> None:
    async def converse() -> dict[str, Any]:
        parameters = StdioServerParameters(command=PROGRAM[0], args=["mcp"], env=line.environment(), cwd=line.folder)
        async with Client(stdio_client(parameters)) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            hits = await client.call_tool("search_notes", {"query": "country"})
            assert hits.structured_content is not None
            note_id = hits.structured_content["result"][0]["note"]["id"]
            read = await client.call_tool("read_note", {"note_id": note_id})
            recent = await client.call_tool("list_recent_notes", {"limit": 5})
            answer = await client.call_tool("ask_notes", {"question": "What can your country do for you?"})
            missing = await client.call_tool("read_note", {"note_id": "0190f0f0-0000-7000-8000-000000000000"})
            text = (await client.read_resource(f"note://{note_id}")).contents[0]
            return {
                "tools": tools, "id": note_id, "read": read, "recent": recent, "answer": answer, "missing": missing,
                "text": text,
            }  # fmt: skip

    got = asyncio.run(converse())
    assert got["tools"] == {"search_notes", "read_note", "ask_notes", "list_recent_notes"}
    assert got["read"].structured_content["id"] == got["id"]
    assert got["id"] in [note["id"] for note in got["recent"].structured_content["result"]]
    assert got["answer"].structured_content["response"]["citations"]
    assert got["missing"].is_error
    assert "Note not found" in got["missing"].content[0].text
    assert got["text"].text.startswith("# ")

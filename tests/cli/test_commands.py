"""`serve`, `process` and `doctor` from start to exit code, offline, on real speech."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_conspects.embedded.services import answers
from tests.cli.commands import CommandLine, Serving
from tests.e2e.homes import left_running, new_home
from tests.e2e.recordings import clip

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    folder = tmp_path_factory.mktemp("cli")
    (folder / "speech.m4a").write_bytes(clip())
    (folder / "text.m4a").write_text("This is a text, whatever its name says.\n" * 50)
    with new_home() as home:
        yield CommandLine(home, folder)


@pytest.fixture(scope="module")
def serving(line: CommandLine) -> Iterator[Serving]:
    with line.serving() as running:
        yield running


def assert_notes_with_citations(printed: str) -> None:
    """A panel with a title, claims with numbers, and for each number the seconds and the words."""
    assert re.search(r"│ \S.*│", printed), printed
    assert "confidence" in printed
    claimed = set(re.findall(r"\[(\d+)\]\s*$", printed, re.MULTILINE))
    cited = set(re.findall(r"\[(\d+)\]\s+\d+:\d\d–\d+:\d\d\s+\w", printed))
    assert claimed, printed
    assert claimed == cited, printed


def test_process_starts_what_it_needs_prints_notes_and_leaves_nothing_running(line: CommandLine) -> None:
    done = line.run("process", "speech.m4a", "--language", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert_notes_with_citations(done.stdout)
    assert "100% speech.m4a: done" in done.stdout
    assert left_running(line.home) == set()


def test_process_uses_the_server_that_runs(line: CommandLine, serving: Serving) -> None:
    done = line.run("process", "speech.m4a", "--language", "en")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"using the server that runs at {serving.url}" in done.stdout
    assert "starting" not in done.stdout
    assert_notes_with_citations(done.stdout)
    assert answers(f"{serving.url}/v1/health/ready")


@pytest.mark.usefixtures("serving")
def test_process_says_of_a_text_that_it_is_no_audio(line: CommandLine) -> None:
    done = line.run("process", "text.m4a", "--language", "en")
    assert done.returncode == 1
    assert "✗ text.m4a: This is text, not a recording." in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.usefixtures("serving")
def test_process_without_a_language_says_what_the_offline_engine_needs(line: CommandLine) -> None:
    done = line.run("process", "speech.m4a")
    assert done.returncode == 1
    assert "English" in done.stdout
    assert "OPENAI_API_KEY" in done.stdout


def test_process_of_a_file_that_is_not_there_says_so(line: CommandLine) -> None:
    done = line.run("process", "none.m4a")
    assert (done.returncode, "none.m4a" in done.stderr) == (2, True)


def test_a_second_serve_says_who_holds_the_data(line: CommandLine, serving: Serving) -> None:
    refused = line.run("serve", "--port", "0")
    assert refused.returncode == 1
    said = " ".join(refused.stderr.split())
    assert f"process {serving.process.pid}" in said
    assert serving.url in said
    assert "Traceback" not in refused.stderr
    assert answers(f"{serving.url}/v1/health/ready")


def test_doctor_finds_a_running_server_well(line: CommandLine, serving: Serving) -> None:
    told = line.run("doctor")
    assert (told.returncode, "✗" in told.stdout) == (0, False), told.stdout
    assert serving.url in told.stdout


def test_doctor_exits_with_1_where_something_is_wrong(line: CommandLine) -> None:
    told = line.run("doctor", DATABASE_URL="postgresql://x:hidden@127.0.0.1:1/x", JWT_SECRET_KEY="short")
    assert told.returncode == 1
    assert re.search("✗ database: .*DATABASE_URL", told.stdout), told.stdout
    assert re.search("✗ token key: .*JWT_SECRET_KEY", told.stdout), told.stdout
    assert "hidden" not in told.stdout + told.stderr


def test_a_setting_out_of_bounds_is_named(line: CommandLine) -> None:
    told = line.run("doctor", AI_CONSPECTS_WORKER__LEASE_S="0")
    assert (told.returncode, "worker.lease_s" in told.stderr) == (2, True)


def test_ctrl_c_stops_serve_and_leaves_nothing_behind(line: CommandLine) -> None:
    """On a folder of its own, for the other tests' server goes on."""
    with new_home() as home:
        own = CommandLine(home, line.folder)
        with own.serving() as serving:
            assert answers(f"{serving.url}/v1/health/ready")
            assert serving.press_ctrl_c() == 0, serving.log.read_text()
        assert left_running(home) == set()
        assert not (home / "server.json").exists()
        assert not answers(f"{serving.url}/v1/health/live")
        assert "Traceback" not in serving.log.read_text()

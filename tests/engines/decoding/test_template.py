"""Decoders come from a process that is ready: it may be killed, forked from, left behind; no recording fails."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits, probe
from ai_conspects.engines.decoding.decoders import end
from ai_conspects.engines.errors import EngineUnavailable
from tests.engines.decoding import files
from tests.engines.decoding.processes import children, decoders, state, templates

LIMITS = DecodingLimits(max_seconds=100)
MINUTE = files.audio("flac", 60)
READER = """
import sys
from pathlib import Path
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
blocks = DecodedAudio(Path(sys.argv[1]), DecodingLimits(max_seconds=100)).blocks()
next(blocks)
print("reading", flush=True)
sys.stdin.readline()
"""

FORKED = (
    READER.partition("print")[0]
    + """
import os
from ai_conspects.engines.decoding.audio import probe
from tests.engines.decoding.processes import templates
mine = templates()
forked = os.fork()
if not forked:
    print(probe(Path(sys.argv[1]), DecodingLimits(max_seconds=100)).duration_s, len(templates()) == 1, flush=True)
    os._exit(0)
os.waitpid(forked, 0)
print(sum(map(len, blocks)), templates() == mine)
"""
)


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with tempfile.NamedTemporaryFile() as made:
        made.write(MINUTE)
        made.flush()
        yield made


@contextlib.contextmanager
def reader(file: IO[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Another process, which has a secret and is in the middle of a recording until it is told to go on."""
    command = [sys.executable, "-c", READER, file.name]
    env = {**os.environ, "JWT_SECRET_KEY": "not for a decoder"}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout
        assert process.stdout.readline() == b"reading\n"
        try:
            yield process
        finally:
            process.kill()


def heard(file: IO[bytes]) -> bytes:
    return np.concatenate(list(DecodedAudio(file, LIMITS).blocks())).tobytes()


def descriptors(number: int) -> list[str]:
    """Those that are open; none of a process that not even its own user may look into."""
    with contextlib.suppress(PermissionError):
        return sorted(entry.name for entry in Path(f"/proc/{number}/fd").iterdir() if entry.exists())
    return []


def soon(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not true() and time.monotonic() < deadline:
        time.sleep(0.02)
    return true()


def killed() -> int:
    """The one template of this process that is no zombie, killed."""
    [template] = [number for number in templates() if state(number) != "Z"]
    os.kill(template, signal.SIGKILL)
    return template


def test_a_recording_goes_on_to_the_sample_after_its_template_was_killed(file: IO[bytes]) -> None:
    whole = heard(file)
    blocks = DecodedAudio(file, LIMITS).blocks()
    first = [next(blocks) for _ in range(3)]
    [decoder] = decoders()
    assert soon(lambda: state(decoder) == "S")  # it waits for its reader, and looks at nothing else
    killed()
    assert soon(lambda: state(decoder) == "")
    assert np.concatenate([*first, *blocks]).tobytes() == whole


def test_a_template_that_was_killed_between_recordings_is_replaced_and_leaves_no_zombie(file: IO[bytes]) -> None:
    assert probe(file, LIMITS).duration_s == 60
    gone = killed()
    assert soon(lambda: state(gone) == "Z")
    assert probe(file, LIMITS).duration_s == 60
    assert gone not in templates()
    assert len(templates()) == 1


def test_where_no_template_stays_the_recording_waits(file: IO[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    end()
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(EngineUnavailable):
        probe(file, LIMITS)
    with pytest.raises(EngineUnavailable):
        heard(file)


def test_a_reader_that_is_killed_leaves_neither_decoder_nor_template(file: IO[bytes]) -> None:
    with reader(file) as process:
        ours = templates(process.pid) + decoders(process.pid)
        assert len(ours) == 2
        process.kill()
        assert soon(lambda: not any(map(state, ours)))


def test_a_reader_that_ends_in_the_middle_leaves_neither_too(file: IO[bytes]) -> None:
    with reader(file) as process:
        ours = templates(process.pid) + decoders(process.pid)
        process.communicate(b"\n")
        assert process.returncode == 0
        assert soon(lambda: not any(map(state, ours)))


def test_a_decoder_has_nothing_of_its_reader_and_may_do_next_to_nothing(file: IO[bytes]) -> None:
    with reader(file) as process:
        [decoder] = decoders(process.pid)
        own = Path(f"/proc/{decoder}")
        try:
            environment = (own / "environ").read_bytes()
        except PermissionError:
            pytest.skip("not even its own user may look into it")
        assert b"not for" in Path(f"/proc/{process.pid}/environ").read_bytes()
        assert sorted(item.partition(b"=")[0] for item in environment.strip(b"\0").split(b"\0")) == [
            b"LC_ALL",
            b"PYTHONDONTWRITEBYTECODE",
            b"PYTHONPATH",
        ]
        assert descriptors(decoder) == ["0", "1", "2", "3"]
        assert str((own / "cwd").readlink()).endswith("(deleted)")
        assert (own / "ns/net").readlink() != Path("/proc/self/ns/net").readlink()
        assert os.getsid(decoder) == decoder
        told = dict(line.split(":\t", 1) for line in (own / "status").read_text().splitlines())
        assert os.geteuid() or told["Uid"].split() == ["65534"] * 4
        assert (told["NoNewPrivs"], int(told["CapEff"], 16) if os.geteuid() == 0 else 0) == ("1", 0)
        limits = {line[:26].strip(): line[26:].split()[:2] for line in (own / "limits").read_text().splitlines()}
        assert limits["Max address space"] == [str(1 << 30)] * 2
        assert limits["Max cpu time"] == ["70"] * 2
        assert limits["Max open files"] == ["4"] * 2
        assert limits["Max file size"] == limits["Max processes"] == ["0"] * 2


def test_many_recordings_at_once_share_a_template_and_leave_no_descriptor(file: IO[bytes]) -> None:
    end()
    whole, before = heard(file), descriptors(os.getpid())
    [template] = templates()
    held = descriptors(template)
    with ThreadPoolExecutor(12) as pool:
        told = list(pool.map(lambda turn: heard(file) if turn % 2 else probe(file, LIMITS).duration_s, range(48)))
    assert told == [60.0, whole] * 24
    assert descriptors(os.getpid()) == before
    assert templates() == [template]
    assert children(template) == []
    assert descriptors(template) == held


def test_a_template_that_dies_under_many_recordings_fails_none(file: IO[bytes]) -> None:
    probe(file, LIMITS)
    with ThreadPoolExecutor(6) as pool:
        told = [pool.submit(probe, file, LIMITS) for _ in range(12)]
        assert soon(lambda: len(decoders()) > 2)
        killed()
        assert [one.result().duration_s for one in told] == [60.0] * 12


def test_a_process_that_was_forked_has_a_template_of_its_own(file: IO[bytes]) -> None:
    told = subprocess.run([sys.executable, "-c", FORKED, file.name], stdout=subprocess.PIPE, timeout=60, check=True)
    assert told.stdout.decode().split() == ["60.0", "True", str(59 * 16_000), "True"]

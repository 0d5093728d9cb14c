"""The decoding process: a recording on standard input, samples on standard output, one line of JSON on descriptor 3.

It is forked from the template, and imports nothing. The line is `{"facts": {…}}` (null where samples were asked for),
with exit status 0, or `{"error": {"code": …, "message": …}}`.
"""

import json
import os
import signal
import traceback
from dataclasses import asdict, dataclass
from typing import NoReturn

from ai_conspects.engines.decoding.confinement import confine, die_with
from ai_conspects.engines.decoding.reading import Recording, RefusedError, measure, samples

_INPUT, _OUTPUT, _REPORT = 0, 1, 3


@dataclass(frozen=True)
class Job:
    """What to do. `since_s` is where to begin, None to measure only."""

    cpu_s: int
    max_seconds: float
    memory_bytes: int
    since_s: float | None = None


def run(job: Job, recording: int, output: int, report: int, *, template: int) -> NoReturn:
    """Do the job with these descriptors, all above 3, in a process just forked from `template`, and end it."""
    status = 1
    try:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        for descriptor, place in ((recording, _INPUT), (output, _OUTPUT), (report, _REPORT)):
            os.dup2(descriptor, place)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries may chatter there, and nobody reads it
        os.closerange(_REPORT + 1, os.sysconf("SC_OPEN_MAX"))
        confine(memory_bytes=job.memory_bytes, cpu_s=job.cpu_s, keep_files=_REPORT + 1)
        die_with(template)
        status = _done(job)
    except BrokenPipeError:
        pass  # the reader has had enough
    except BaseException:
        _say(traceback.format_exc())
    finally:
        os._exit(status)


def _done(job: Job) -> int:
    """Do it and tell of it; the exit status."""
    try:
        _tell({"facts": _work(job)})
    except RefusedError as refusal:
        _tell({"error": {"code": refusal.code, "message": refusal.message}})
        return 1
    except MemoryError:
        _tell({"error": {"code": "audio_unreadable", "message": "Decoding this file takes more memory than it may."}})
        return 1
    return 0


def _work(job: Job) -> dict[str, object] | None:
    recording = Recording(_INPUT)
    if job.since_s is None:
        return asdict(measure(recording, job.max_seconds))
    for chunk in samples(recording, job.since_s, job.max_seconds):
        _write_all(chunk)
    return None


def _write_all(chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[os.write(_OUTPUT, rest) :]


def _tell(report: dict[str, object]) -> None:
    _say(json.dumps(report))


def _say(line: str) -> None:
    os.write(_REPORT, line.encode() + b"\n")

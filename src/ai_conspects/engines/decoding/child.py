"""The decoding process: a recording on standard input, samples on standard output, one line of JSON on standard error.

Run as `python -m ai_conspects.engines.decoding.child JOB`, JOB being the JSON of a `Job`. It imports nothing heavy, and
nothing after `confine`. The line is `{"facts": {…}}` (null where samples were asked for), with exit status 0, or
`{"error": {"code": …, "message": …}}`.
"""

import json
import os
import sys
from dataclasses import asdict, dataclass

from ai_conspects.engines.decoding.confinement import confine
from ai_conspects.engines.decoding.reading import Recording, RefusedError, measure, samples

_INPUT, _OUTPUT, _REPORT = 0, 1, 3


@dataclass(frozen=True)
class Job:
    """What to do. `since_s` is where to begin, None to measure only."""

    max_seconds: float
    memory_bytes: int
    since_s: float | None = None


def main() -> int:
    """Do the job on the command line; the exit status."""
    job = Job(**json.loads(sys.argv[1]))
    os.dup2(2, _REPORT)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # libraries may chatter there, and nobody reads it
    os.closerange(4, 64)
    sys.stderr = open(_REPORT, "w")  # noqa: SIM115 (a traceback goes where the parent sees it, to the very end)
    confine(memory_bytes=job.memory_bytes, cpu_s=60 + round(job.max_seconds / 10), keep_files=4)
    try:
        _tell({"facts": _work(job)})
    except RefusedError as refusal:
        _tell({"error": {"code": refusal.code, "message": refusal.message}})
        return 1
    except MemoryError:
        _tell({"error": {"code": "audio_unreadable", "message": "Decoding this file takes more memory than it may."}})
        return 1
    except BrokenPipeError:
        os._exit(1)  # the reader has had enough; the interpreter's own end would complain about it
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
    os.write(_REPORT, json.dumps(report).encode() + b"\n")


if __name__ == "__main__":
    sys.exit(main())

"""The command line as a person calls it: a process of its own, in a folder without settings."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ai_conspects.embedded import lock
from ai_conspects.embedded.paths import Home
from tests.e2e.commands import command, environment
from tests.e2e.waiting import until


@dataclass(frozen=True)
class CommandLine:
    """`ai-conspects …` on one data folder. `folder` is where it is called."""

    home: Path
    folder: Path

    def run(self, *argv: str, typed: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        """One command to its end; `typed` is its input."""
        return subprocess.run(
            [*PROGRAM, *argv],
            env=self.environment(**variables),
            input=typed,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    @contextmanager
    def begun(self, *argv: str) -> Iterator[subprocess.Popen[str]]:
        """A command that goes on until it is told to stop."""
        with subprocess.Popen(
            [*PROGRAM, *argv],
            env=self.environment(PYTHONUNBUFFERED="1"),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                process.terminate()  # a shell in the background lets its children ignore SIGINT

    @contextmanager
    def serving(self, **variables: str) -> Iterator["Serving"]:
        """`ai-conspects serve --port 0`, answering."""
        log = self.folder / "serve.log"
        log.unlink(missing_ok=True)
        with command((*PROGRAM, "serve", "--port", "0"), self.environment(**variables), self.folder, log) as process:

            def answering() -> str | None:
                assert process.poll() is None, log.read_text()
                found = lock.holder(Home(self.home))
                return found.url if found else None

            yield Serving(process, until(answering) or "", log)

    def environment(self, **variables: str) -> dict[str, str]:
        """Its variables, and none of this machine's settings."""
        return environment({"AI_CONSPECTS_HOME": str(self.home), "COLUMNS": "200", **variables})


@dataclass(frozen=True)
class Serving:
    """A running `serve`."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    def press_ctrl_c(self) -> int:
        """As a terminal sends it; the exit code."""
        os.kill(self.process.pid, signal.SIGINT)
        return self.process.wait(60)


PROGRAM = (str(Path(sys.executable).with_name("ai-conspects")),)

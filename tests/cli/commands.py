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

    def run(self, *argv: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """One command to its end."""
        return subprocess.run(
            [*_PROGRAM, *argv],
            env=self._env(variables),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=150,
            check=False,
        )

    @contextmanager
    def serving(self, **variables: str) -> Iterator["Serving"]:
        """`ai-conspects serve --port 0`, answering."""
        log = self.folder / "serve.log"
        log.unlink(missing_ok=True)
        with command((*_PROGRAM, "serve", "--port", "0"), self._env(variables), self.folder, log) as process:

            def answering() -> str | None:
                assert process.poll() is None, log.read_text()
                found = lock.holder(Home(self.home))
                return found.url if found else None

            yield Serving(process, until(answering) or "", log)

    def _env(self, variables: dict[str, str]) -> dict[str, str]:
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


_PROGRAM = (str(Path(sys.executable).with_name("ai-conspects")),)

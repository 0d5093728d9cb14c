"""Data folders of each test's own, with whatever ran on them ended afterwards."""

import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ai_conspects.embedded import account, paths, processes
from ai_conspects.embedded.stack import Stack
from tests.embedded.stacks import processes_of, stack
from tests.servers import short_folder


@pytest.fixture
def new_home() -> Iterator[Path]:
    """Where a data folder can be made; it does not exist yet."""
    with _swept() as home:
        yield home


@pytest.fixture
def home(used_home: Path) -> Iterator[Path]:
    """A data folder that has been used before."""
    with _copy(used_home) as home:
        yield home


@pytest.fixture(scope="session")
def standing(used_home: Path) -> Iterator[Stack]:
    """A running stack for the tests that only look."""
    with _copy(used_home) as home, stack(home) as running:
        yield running


@pytest.fixture(scope="session")
def used_home() -> Iterator[Path]:
    """A data folder after its first start and stop, to be copied: making a database takes the disk seconds."""
    with _swept() as home:
        with stack(home):
            pass
        yield home


@contextmanager
def _copy(used: Path) -> Iterator[Path]:
    with _swept() as home:
        subprocess.run(["cp", "-a", str(used), str(home)], check=True)  # keeps whose the files are
        yield home


@contextmanager
def _swept() -> Iterator[Path]:
    with short_folder() as folder:
        home = folder / "home"
        yield home
        processes.end(lambda: processes_of(home), lambda found: processes.send(found, signal.SIGKILL), grace_s=5)
        paths.remove_run_folder(paths.run_folder(paths.Home(home), account.choose(home)))

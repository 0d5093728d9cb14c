"""A data folder of each test's own, with whatever ran on it ended afterwards."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from ai_conspects.embedded import processes
from tests.embedded.stacks import processes_of
from tests.servers import short_folder


@pytest.fixture
def home() -> Iterator[Path]:
    """Where a data folder can be made; it does not exist yet."""
    with short_folder() as folder:
        yield folder / "home"
        processes.send(processes_of(folder / "home") - {os.getpid()}, signal.SIGKILL)

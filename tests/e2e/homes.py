"""Data folders for whole stacks, with whatever ran on them ended afterwards."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_conspects.core.settings import Settings
from ai_conspects.embedded import account, paths, processes
from tests.embedded.stacks import processes_of, settings_for
from tests.servers import short_folder


@contextmanager
def new_home() -> Iterator[Path]:
    """Where a data folder can be made; it does not exist yet."""
    with short_folder() as folder:
        home = folder / "home"
        yield home
        processes.end(lambda: left_running(home), lambda found: processes.send(found, signal.SIGKILL), grace_s=5)
        paths.remove_run_folder(_run_folder(home))


def left_running(home: Path) -> set[int]:
    """Every process that works on the data folder or on its sockets."""
    return processes_of(home, _run_folder(home).root)


def offline(home: Path, **more: object) -> Settings:
    """Everything embedded and every engine offline, whatever the environment of the test run says."""
    nothing = {"openai_api_key": "", "serpapi_key": "", "s3_bucket": ""}
    engines = {"speech": {"engine": "pocketsphinx"}, "language_model": {"engine": "extractive"}}
    return settings_for(home, **{**nothing, **engines, "embeddings": {"engine": "hashed"}, **more})


def _run_folder(home: Path) -> paths.RunFolder:
    return paths.run_folder(paths.Home(home), account.choose(home / "postgres" / "data"))

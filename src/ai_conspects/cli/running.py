"""A server to talk to: the one that runs on this data folder already, or one of our own for as long as it's needed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console

from ai_conspects.cli.client import Client, Device
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.lock import holder
from ai_conspects.embedded.paths import home_folder
from ai_conspects.embedded.stack import Stack

DEVICE_FILE = "cli-device.json"


@dataclass(frozen=True)
class Running:
    """Where a server answers; `tend()` starts again what died of it, if it is ours. Call it while waiting."""

    url: str
    tend: Callable[[], None]


@dataclass(frozen=True)
class Connection:
    """A logged-in client, and the server behind it."""

    api: Client
    tend: Callable[[], None]


@contextmanager
def server(settings: Settings, console: Console) -> Iterator[Running]:
    """A running server. One that was started here is stopped at the end."""
    other = holder(home_folder(settings.home))
    if other and other.url:
        console.print(f"[dim]using the server that runs at {other.url}[/]")
        yield Running(other.url, lambda: None)
        return
    with Stack(settings, port=0, tell=lambda what: console.print(f"[dim]{what}[/]")) as stack:
        yield Running(stack.url, stack.tend)


@contextmanager
def connection(settings: Settings, console: Console) -> Iterator[Connection]:
    """A logged-in client of `server`; who it is stands in a file of the data folder that only its owner can read."""
    with server(settings, console) as running:
        device = Device.of(home_folder(settings.home).root / DEVICE_FILE)
        with Client(running.url, device) as api:
            yield Connection(api, running.tend)

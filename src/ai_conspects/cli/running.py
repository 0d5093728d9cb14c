"""A server to talk to: the one that runs on this data folder already, or one of our own for as long as it's needed."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from ai_conspects.cli.client import Client, Device
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.lock import holder
from ai_conspects.embedded.paths import home_folder
from ai_conspects.embedded.stack import Stack

DEVICE_FILE = "cli-device.json"


@contextmanager
def server_url(settings: Settings, console: Console) -> Iterator[str]:
    """The URL of a running server. One that was started here is stopped at the end."""
    running = holder(home_folder(settings.home))
    if running and running.url:
        console.print(f"[dim]using the server that runs at {running.url}[/]")
        yield running.url
        return
    with console.status("starting"):
        stack = Stack(settings, port=0, tell=lambda what: console.print(f"[dim]{what}[/]"))
        stack.start()
    try:
        yield stack.url
    finally:
        stack.stop()


@contextmanager
def client(settings: Settings, console: Console) -> Iterator[Client]:
    """A logged-in client of `server_url`; who it is stands in a file of the data folder."""
    with server_url(settings, console) as url:
        device = Device.of(home_folder(settings.home).root / DEVICE_FILE)
        with Client(url, device) as logged_in:
            yield logged_in

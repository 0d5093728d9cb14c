"""A server to talk to: the one that is named, the one that runs on this data folder, or one of our own meanwhile."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from rich.console import Console

from ai_conspects.cli.client import Client, Device
from ai_conspects.core.errors import ConfigurationError
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.lock import holder
from ai_conspects.embedded.paths import home_folder
from ai_conspects.embedded.stack import Stack

DEVICE_FILE = "cli-device.json"


@dataclass(frozen=True)
class Connection:
    """A logged-in client; call `tend` while waiting: what died of a server of our own is started again."""

    api: Client
    tend: Callable[[], None]


@contextmanager
def connection(settings: Settings, console: Console) -> Iterator[Connection]:
    """A client as the device that the settings name, else as one that this data folder keeps. A server that was started
    here is stopped at the end.

    Raises `ConfigurationError` where AI_CONSPECTS_CLIENT__SERVER is no address of a server.
    """
    with _server(settings, console) as (url, tend), Client(url, _device(settings)) as api:
        yield Connection(api, tend)


@contextmanager
def _server(settings: Settings, console: Console) -> Iterator[tuple[str, Callable[[], None]]]:
    """Where a server answers, and how it is tended."""
    other = holder(home_folder(settings.home))
    if settings.client.server:
        yield _address(settings.client.server), lambda: None
    elif other and other.url:
        console.print(f"[dim]using the server that runs at {other.url}[/]")
        yield other.url, lambda: None
    else:
        with Stack(settings, port=0, tell=lambda what: console.print(f"[dim]{what}[/]")) as stack:
            yield stack.url, stack.tend


def _device(settings: Settings) -> Device:
    """Each server elsewhere gets a device of its own: the secret of one is no other's business."""
    given = settings.client
    if given.device_id:
        return Device(given.device_id, given.device_secret.get_secret_value(), known=True)
    root = home_folder(settings.home).root
    if not given.server:
        return Device.of(root / DEVICE_FILE)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    which = hashlib.sha256(_address(given.server).encode()).hexdigest()[:12]
    return Device.of(root / f"cli-device-{which}.json")


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ConfigurationError(f"AI_CONSPECTS_CLIENT__SERVER is “{url}”; it must be http(s)://host:port.")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/').removesuffix('/v1')}"

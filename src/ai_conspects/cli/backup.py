"""`backup` and `restore`: for the servers that the settings name, or the data folder's own, running or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_conspects.backup import restoring, writing
from ai_conspects.backup.restoring import Restored
from ai_conspects.backup.writing import Made
from ai_conspects.core.errors import Conflict
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.lock import holder
from ai_conspects.embedded.paths import home_folder
from ai_conspects.embedded.reaching import owner_url
from ai_conspects.embedded.stack import Stack
from ai_conspects.engines.registry import store


class FileThere(Conflict):
    code = "file_there"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is there already. Nothing was written.")


class NotWritten(Conflict):
    code = "not_written"

    def __init__(self, path: Path, error: OSError) -> None:
        super().__init__(f"{path} can't be written: {error.strerror or error}. There is no backup.")


class ServerRuns(Conflict):
    code = "server_runs"
    detail = "The server runs on this data folder. Stop it first: nothing may write while it is restored."


def backup(settings: Settings, path: Path, tell: Callable[[str], None]) -> Made:
    """Write a backup; the server may go on working. Raises `FileThere`, `NotWritten` and the errors of
    `backup`."""
    if path.exists():
        raise FileThere(path)
    with _database(settings, tell) as url:
        objects = store(settings, home_folder(settings.home).root)
        try:
            return writing.backup(url, objects, path)
        except OSError as error:
            raise NotWritten(path, error) from None


def restore(settings: Settings, path: Path, *, replace: bool, tell: Callable[[str], None]) -> Restored:
    """Bring a backup back. Raises `ServerRuns` and the errors of `restore`."""
    if not settings.database_url.get_secret_value() and holder(home_folder(settings.home)):
        raise ServerRuns
    with _database(settings, tell) as url:
        objects = store(settings, home_folder(settings.home).root)
        dimensions, app_role = settings.embeddings.dimensions, settings.database_app_role
        return restoring.restore(url, objects, path, replace=replace, dimensions=dimensions, app_role=app_role)


@contextmanager
def _database(settings: Settings, tell: Callable[[str], None]) -> Iterator[str]:
    """The owner's URL of the database of the settings, of the running server, or of one that runs only for this."""
    if settings.database_url.get_secret_value() or holder(home_folder(settings.home)):
        yield owner_url(settings)
    else:
        with Stack(settings, port=0, made=lambda _: [], tell=tell) as stack:
            yield stack.owner_url

"""Where the database of a running server answers, for an operator's command beside it. Starts nothing."""

from pathlib import Path

from ai_conspects.core.errors import Unavailable
from ai_conspects.core.scopes import PLAIN_ROLE
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import account, paths, postgres, secrets
from ai_conspects.embedded.lock import holder


class NoServer(Unavailable):
    """No database is named, and no server runs on this data folder."""

    code = "no_server"
    detail = "No server runs on this data folder, and DATABASE_URL is empty. Run `ai-conspects serve` first."


def owner_url(settings: Settings) -> str:
    """The database by the owner of its tables, of the settings or of the server that runs on the data folder.

    Raises `NoServer`.
    """
    named = settings.database_owner_url.get_secret_value() or settings.database_url.get_secret_value()
    if named:
        return named
    own, sockets = _running(settings)
    return postgres.url(postgres.OWNER, own.database, postgres.DATABASE, sockets)


def database_url(settings: Settings) -> str:
    """`DATABASE_URL`, else that of the server that runs on the data folder. Raises `NoServer`."""
    named = settings.database_url.get_secret_value()
    if named:
        return named
    own, sockets = _running(settings)
    return postgres.url(PLAIN_ROLE, own.database_app, postgres.DATABASE, sockets)


def _running(settings: Settings) -> tuple[secrets.Secrets, Path]:
    home = paths.home_folder(settings.home)
    if holder(home) is None:
        raise NoServer
    return secrets.load(home.secrets), paths.run_folder(home, account.choose(home.postgres_data)).postgres

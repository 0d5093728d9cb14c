"""Where the database of a running server answers, for an operator's command beside it. Starts nothing."""

from ai_conspects.core.errors import Unavailable
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import account, paths, postgres, secrets
from ai_conspects.embedded.lock import holder


class NoServer(Unavailable):
    """No database is named, and no server runs on this data folder."""

    code = "no_server"

    def __init__(self) -> None:
        super().__init__(
            "No server runs on this data folder, and DATABASE_URL is empty. Run `ai-conspects serve` first."
        )


def database_url(settings: Settings) -> str:
    """`DATABASE_URL`, else that of the server that runs on the data folder. Raises `NoServer`."""
    named = settings.database_url.get_secret_value()
    if named:
        return named
    home = paths.home_folder(settings.home)
    if holder(home) is None:
        raise NoServer
    sockets = paths.run_folder(home, account.choose(home.postgres_data)).postgres
    return postgres.url(postgres.OWNER, secrets.load(home.secrets).database, postgres.DATABASE, sockets)

"""`migrate`: the tables of an outside database brought up to date, before the API and the workers are started on it."""

from psycopg.errors import InsufficientPrivilege
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ai_conspects import migrations
from ai_conspects.core.errors import Unavailable
from ai_conspects.core.settings import Settings

MEND = " Let this user own the database, and have an administrator run `CREATE EXTENSION vector` in it first."


class MigrationRefused(Unavailable):
    """No database is named, it is away, or it doesn't let this user change its tables."""

    code = "migration_refused"


def migrate(settings: Settings) -> None:
    """Bring the database to the newest migration; safe to repeat. Raises `MigrationRefused`.

    With `DATABASE_OWNER_URL` as that user, and then the user of `DATABASE_URL` may work with the tables.
    """
    app_url, owner_url = settings.database_url.get_secret_value(), settings.database_owner_url.get_secret_value()
    if not app_url:
        raise MigrationRefused("DATABASE_URL is empty. Name a PostgreSQL; `ai-conspects serve` looks after its own.")
    try:
        url = owner_url or app_url
        migrations.upgrade(url, dimensions=settings.embeddings.dimensions, app_role=settings.database_app_role)
    except DBAPIError as error:
        # the driver's own first line: SQLAlchemy's adds the statement, and neither holds the password
        said = str(error.orig).strip().splitlines()[0]
        mend = MEND if isinstance(error.orig, InsufficientPrivilege) else ""
        raise MigrationRefused(f"DATABASE_URL: {said}.{mend}") from error
    except SQLAlchemyError as error:
        raise MigrationRefused(f"DATABASE_URL is no address of a PostgreSQL ({type(error).__name__}).") from error

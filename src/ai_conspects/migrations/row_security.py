"""The second wall around a table's rows, for migrations: a connection sees one user's, unless it says that it is the
system (`core.scopes`). The owner of the tables is bound as well.
"""

from alembic import op
from sqlalchemy import text

OWN = "user_id = (SELECT nullif(current_setting('app.user_id', true), '')::uuid)"
"""Rows of the transaction's user. A subquery is worked out once, the bare function would be for every row."""

SYSTEM = "(SELECT coalesce(current_setting('app.system', true), '') <> '')"

RELEASE_BEFORE = "(SELECT current_setting('app.user_id', true) IS NULL)"
"""A connection that knows nothing of scopes: the release before this one's, or somebody's psql. Only the owner's."""


def protect(table: str, own: str = OWN) -> None:
    """Bind everybody to the policies of `table`; `own` is the condition under which a row is the user's own."""
    owner = op.get_bind().scalar(
        text("SELECT quote_ident(pg_get_userbyid(relowner)) FROM pg_class WHERE oid = to_regclass(:name)"),
        {"name": table},
    )
    op.execute(f"CREATE POLICY own_rows ON {table} USING (({own}) OR {SYSTEM})")
    op.execute(f"CREATE POLICY release_before ON {table} TO {owner} USING ({RELEASE_BEFORE})")
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")


def unprotect(table: str) -> None:
    """Take the wall away."""
    op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY, DISABLE ROW LEVEL SECURITY")
    for policy in ("release_before", "own_rows"):
        op.execute(f"DROP POLICY {policy} ON {table}")

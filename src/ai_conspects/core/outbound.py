"""HTTP to addresses that somebody else named (a webhook, a found page), without lending them this server's network.

A host is resolved once; if every address of it may be called (`addresses.py`), the connection goes to one of these very
addresses, with the certificate checked for the name. No redirect is followed, no proxy or netrc of the environment is
used, and the whole call is bounded in bytes and seconds, however slowly the other side drips.
"""

import socket
import ssl
import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from ai_conspects.core.addresses import Target, check, target

Resolver = Callable[[str, int], list[str]]
"""All addresses of a host, as text. Raises `OSError` where it has none."""


class OutboundFailed(Exception):
    """The call came to nothing; the text says how, in words for whoever named the address."""


@dataclass(frozen=True)
class Bounds:
    """`seconds` for the whole call, name resolution aside (the system's resolver has its own limit); `body_bytes` read
    of the answer, at most.
    """

    seconds: float = 10.0
    body_bytes: int = 1 << 20


@dataclass(frozen=True)
class Reply:
    """What came back. `headers` have lower-case names; `is_whole` is false where the body was cut at its bound."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_whole: bool


def private_hosts(setting: str) -> list[str]:
    """The hosts that a setting names, separated by commas."""
    return [host.strip() for host in setting.split(",") if host.strip()]


def system_resolver(host: str, port: int) -> list[str]:
    """What this machine's resolver says."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)


class Outbound:
    """Calls others. `private_hosts` (`name` or `name:port`) may stand in a private network.

    `resolve`, `dial` and `certificates` are the system's own unless given.
    """

    def __init__(
        self,
        private_hosts: Collection[str] = (),
        *,
        resolve: Resolver = system_resolver,
        dial: httpcore.NetworkBackend | None = None,
        certificates: ssl.SSLContext | None = None,
    ) -> None:
        self._private_hosts = frozenset(host.lower() for host in private_hosts)
        self._resolve = resolve
        self._dial = dial or httpcore.SyncBackend()
        self._certificates = certificates

    def vet(self, url: str) -> Target:
        """The URL taken apart; what can be told without asking the resolver is checked. Raises `AddressRefused`."""
        wanted = target(url)
        with suppress(ValueError):
            check(wanted.host, wanted.port, [str(ip_address(wanted.host))], self._private_hosts)
        return wanted

    def is_private(self, wanted: Target) -> bool:
        """Whether the operator has named this host."""
        return not self._private_hosts.isdisjoint({wanted.host, f"{wanted.host}:{wanted.port}"})

    def call(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        bounds: Bounds = Bounds(),
    ) -> Reply:
        """The answer, whatever its status. To follow a redirect, call again: its address is checked like any other.

        Raises `AddressRefused` for what must not be called, `OutboundFailed` where nothing came of it.
        """
        wanted = target(url)
        own = {"Host": wanted.authority, "User-Agent": "ai-conspects", "Accept-Encoding": "identity"}
        if content or method not in {"GET", "HEAD"}:
            own["Content-Length"] = str(len(content))
        sent = [*own.items(), *(headers or {}).items()]
        deadline = time.monotonic() + bounds.seconds
        backend = _CheckedNetwork(self._dial, self._resolve, self._private_hosts, deadline)
        pool = httpcore.ConnectionPool(
            ssl_context=self._certificates or _certificates(), max_connections=1, network_backend=backend
        )
        try:
            with pool, pool.stream(method, _url(wanted), headers=sent, content=content) as answer:
                return _reply(answer, bounds.body_bytes)
        except httpcore.TimeoutException:
            raise OutboundFailed(f"It did not answer within {bounds.seconds:g} seconds.") from None
        except httpcore.ConnectError as error:
            raise OutboundFailed(f"It can't be reached ({_cause(error)}).") from None
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise OutboundFailed(f"The connection broke ({type(error).__name__}).") from None


def _reply(answer: httpcore.Response, most: int) -> Reply:
    body, is_whole = bytearray(), True
    for chunk in answer.iter_stream():
        body += chunk
        if len(body) > most:
            del body[most:]
            is_whole = False
            break
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
    return Reply(answer.status, headers, bytes(body), is_whole)


def _url(wanted: Target) -> httpcore.URL:
    host = f"[{wanted.host}]" if ":" in wanted.host else wanted.host
    return httpcore.URL(scheme=wanted.scheme, host=host, port=wanted.port, target=wanted.path)


def _cause(error: Exception) -> str:
    """`certificate verify failed`, `Connection refused` …; never an address."""
    cause = error.__cause__ or error.__context__ or error
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {cause.verify_message}"
    return getattr(cause, "strerror", None) or type(cause).__name__


class _CheckedNetwork(httpcore.NetworkBackend):
    """Opens connections to checked addresses alone, and none beyond the deadline (by `time.monotonic`)."""

    def __init__(
        self, dial: httpcore.NetworkBackend, resolve: Resolver, private_hosts: Collection[str], deadline: float
    ) -> None:
        self._dial, self._resolve, self._private_hosts, self._deadline = dial, resolve, private_hosts, deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        name = host.strip("[]")
        try:
            addresses = self._resolve(name, port)
        except OSError as error:
            raise httpcore.ConnectError from error
        check(name, port, addresses, self._private_hosts)
        for address in addresses[:-1]:
            try:
                return self._open(address, port)
            except httpcore.ConnectError:
                continue
        return self._open(addresses[-1], port)

    def _open(self, address: str, port: int) -> httpcore.NetworkStream:
        left = _left(self._deadline)
        return _BoundedStream(self._dial.connect_tcp(address, port, timeout=left), self._deadline)


class _BoundedStream(httpcore.NetworkStream):
    """A connection that ends at the deadline, however often the other side sends another byte."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline)
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float) -> float:
    """Until the deadline. Raises `httpcore.ReadTimeout` when it has passed."""
    left = deadline - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout
    return left

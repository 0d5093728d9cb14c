"""Calls to addresses that strangers name reach the public internet alone, and end in time, whatever answers."""

import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import httpcore
import pytest

from ai_conspects.core.addresses import AddressRefused, check, is_public, target
from ai_conspects.core.outbound import Bounds, Outbound, OutboundFailed
from tests.stubs.raw_server import raw_server, whole

PUBLIC = "93.184.215.14"


class Dial(httpcore.NetworkBackend):
    """Notes the addresses that are dialled, and connects to this machine's server instead of the internet."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.dialled: list[str] = []

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        self.dialled.append(host)
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)


def resolving(*answers: list[str]) -> Callable[[str, int], list[str]]:
    """A name server that changes its mind from question to question."""
    left = iter(answers)
    return lambda host, port: next(left)


def test_the_answer_comes_back_and_the_connection_goes_to_the_address_that_was_checked() -> None:
    heads: list[bytes] = []

    def answer(connection: socket.socket, head: bytes, over: Event) -> None:
        heads.append(head)
        whole(headers="X-One: two\r\n")(connection, head, over)

    with raw_server(answer) as port:
        dial = Dial(port)
        reply = Outbound(resolve=resolving([PUBLIC]), dial=dial).call("GET", "http://example.com/a%20b?q=ё")

    assert (reply.status, reply.body, reply.is_whole, reply.headers["x-one"]) == (200, b"hello", True, "two")
    assert dial.dialled == [PUBLIC]
    assert heads[0].startswith(b"GET /a%20b?q=%D1%91 HTTP/1.1\r\nHost: example.com\r\n")


def test_a_name_that_flips_to_this_machine_is_asked_once_and_refused_the_next_time() -> None:
    with raw_server(whole()) as port:
        dial = Dial(port)
        outbound = Outbound(resolve=resolving([PUBLIC], ["127.0.0.1"]), dial=dial)
        assert outbound.call("GET", "http://rebind.example/").status == 200
        with pytest.raises(AddressRefused):
            outbound.call("GET", "http://rebind.example/")
    assert dial.dialled == [PUBLIC]


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    dial = Dial(1)
    with pytest.raises(AddressRefused):
        Outbound(resolve=resolving([PUBLIC, "10.0.0.1"]), dial=dial).call("GET", "http://both.example/")
    assert dial.dialled == []


def test_the_next_address_is_tried_where_the_first_one_doesnt_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    outbound = Outbound([f"two.example:{port}"], resolve=resolving(["127.0.0.2", "127.0.0.1"]))
    with pytest.raises(OutboundFailed, match="can't be reached \\(Connection refused\\)"):
        outbound.call("GET", f"http://two.example:{port}/")
    with raw_server(whole()) as port:
        outbound = Outbound(["two.example"], resolve=resolving(["127.0.0.2", "127.0.0.1"]))
        assert outbound.call("GET", f"http://two.example:{port}/").status == 200


def test_a_redirect_is_given_back_and_its_target_is_refused_by_itself() -> None:
    to_the_cloud = whole("302 Found", b"", "Location: http://169.254.169.254/latest/meta-data/\r\n")
    with raw_server(to_the_cloud) as port:
        dial = Dial(port)
        outbound = Outbound(resolve=resolving([PUBLIC], ["169.254.169.254"]), dial=dial)
        reply = outbound.call("GET", "http://example.com/")
        assert (reply.status, len(dial.dialled)) == (302, 1)
        with pytest.raises(AddressRefused):
            outbound.call("GET", reply.headers["location"])
    assert dial.dialled == [PUBLIC]


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1", "localhost", "[::1]", "[::]", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1",
        "169.254.169.254", "[fe80::1]", "[fc00::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]",
        "[64:ff9b::7f00:1]", "[2002:7f00:1::]", "[2001:0:7f00:1::]", "224.0.0.1", "255.255.255.255", "[ff02::1]",
        "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.1", "127.0.0.1.", "１２７.0.0.1", "a.0x7f",
    ],
)  # fmt: skip
def test_no_way_of_writing_it_leads_to_this_machine_or_its_network(host: str) -> None:
    with raw_server(whole()) as port, pytest.raises(AddressRefused):
        Outbound().call("GET", f"http://{host}:{port}/")


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "1.1.1.1"])
def test_the_public_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))
    check("example.com", 443, [address])


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/", "file:///etc/passwd", "gopher://example.com/", "//example.com/", "http:///x", "http://",
        "http://user:pass@example.com/", "http://example.com:99999/", "http://exa mple.com/", "http://example.com\\@a/",
        "http://example.com/\r\nX: y", "http://a..b/", "http://[::1/", "http://-" + "a" * 300 + ".com/",
        "http://example.com/" + "a" * 2_100, "http://example.com/\x00", "http://%31%32%37.0.0.1/", "data:,x",
    ],
)  # fmt: skip
def test_what_is_no_plain_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        target(url)


def test_hosts_that_the_operator_names_may_be_private_but_never_link_local() -> None:
    check("hooks.lan", 80, ["10.0.0.5"], ["hooks.lan"])
    check("hooks.lan", 8080, ["127.0.0.1", "fc00::5"], ["hooks.lan:8080"])
    for host, port, address in (
        ("hooks.lan", 80, "169.254.169.254"),
        ("hooks.lan", 80, "::ffff:169.254.169.254"),
        ("other.lan", 80, "10.0.0.5"),
    ):
        with pytest.raises(AddressRefused):
            check(host, port, [address], ["hooks.lan"])
    with pytest.raises(AddressRefused):
        check("hooks.lan", 81, ["10.0.0.5"], ["hooks.lan:8080"])


def test_a_body_is_cut_at_its_bound() -> None:
    def endless(connection: socket.socket, head: bytes, over: Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while not over.is_set():
            connection.sendall(b"x" * 65_536)

    with raw_server(endless) as port:
        reply = Outbound([f"127.0.0.1:{port}"]).call(
            "GET", f"http://127.0.0.1:{port}/", bounds=Bounds(seconds=20, body_bytes=100_000)
        )
    assert (len(reply.body), reply.is_whole) == (100_000, False)


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"])
def test_a_side_that_drips_a_byte_at_a_time_is_left_at_the_deadline(start: bytes) -> None:
    def drip(connection: socket.socket, head: bytes, over: Event) -> None:
        connection.sendall(start)
        while not over.wait(0.05):
            connection.sendall(b"x" if start else b"")

    started = time.monotonic()
    with raw_server(drip) as port, pytest.raises(OutboundFailed, match=r"did not answer within 0\.5 seconds"):
        Outbound(["127.0.0.1"]).call("GET", f"http://127.0.0.1:{port}/", bounds=Bounds(seconds=0.5))
    assert time.monotonic() - started < 3


def test_headers_without_end_are_an_error_and_no_memory() -> None:
    def headers(connection: socket.socket, head: bytes, over: Event) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not over.is_set():
            connection.sendall(b"X-More: " + b"x" * 60_000 + b"\r\n")

    with raw_server(headers) as port, pytest.raises(OutboundFailed, match="connection broke"):
        Outbound(["127.0.0.1"]).call("GET", f"http://127.0.0.1:{port}/")


def test_a_host_without_an_address_is_said_so() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(OutboundFailed, match="Name or service not known"):
        Outbound(resolve=unknown).call("GET", "http://nowhere.example/")


def test_no_proxy_of_the_environment_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with raw_server(whole()) as port:
        assert Outbound(["127.0.0.1"]).call("POST", f"http://127.0.0.1:{port}/", content=b"{}").status == 200


def test_the_certificate_is_checked_for_the_name_though_the_address_is_dialled(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=good.example",
         "-addext", "subjectAltName=DNS:good.example"],
        check=True, capture_output=True,
    )  # fmt: skip
    ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(certificate, key)
    trusting = ssl.create_default_context(cafile=str(certificate))
    with raw_server(whole(), tls=ours) as port:
        outbound = Outbound(resolve=lambda host, port: [PUBLIC], dial=Dial(port), certificates=trusting)
        assert outbound.call("GET", "https://good.example/").status == 200
        with pytest.raises(OutboundFailed, match="certificate is not valid"):
            outbound.call("GET", "https://other.example/")
        with pytest.raises(OutboundFailed, match="certificate is not valid"):
            Outbound(resolve=lambda host, port: [PUBLIC], dial=Dial(port)).call("GET", "https://good.example/")

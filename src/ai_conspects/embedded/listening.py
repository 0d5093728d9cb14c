"""Where the API will listen: a port that is free now, and the URL under which this machine reaches it."""

import socket

from ai_conspects.embedded.errors import PortTaken

ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - addresses to recognise, not to bind


def free_port(host: str, port: int) -> int:
    """The port, if nothing listens there (0: any that is free), or `PortTaken`."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            return int(probe.getsockname()[1])
    except OSError as error:
        raise PortTaken(host, port, error.strerror or str(error)) from error


def url(host: str, port: int) -> str:
    """`http://127.0.0.1:8000`, also for a server that listens on every address."""
    reached = ANYWHERE.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"

"""Which addresses this server may call when somebody else names them. Pure: nothing is resolved or opened here."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from urllib.parse import quote, urlsplit

LONGEST_URL = 2_048
PORTS = {"http": 80, "https": 443}

_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))  # Teredo, 6to4: they hide an IPv4 address
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)", re.IGNORECASE | re.ASCII)
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*\.?", re.IGNORECASE | re.ASCII)


class AddressRefused(Exception):
    """This must not be called; the text says why, in words for whoever named it."""


@dataclass(frozen=True)
class Target:
    """A URL taken apart once, so that no second parser can read it otherwise. `host` is ASCII, without brackets."""

    scheme: str
    host: str
    port: int
    path: str  # with its query

    @property
    def authority(self) -> str:
        """For the `Host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def target(url: str) -> Target:
    """The URL as something to call. Raises `AddressRefused` for all but plain `http(s)://host[:port]/path?query`."""
    if len(url) > LONGEST_URL or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused("This is no URL that can be called.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise AddressRefused("This is no URL that can be called.") from None
    if parts.scheme not in PORTS or not parts.hostname:
        raise AddressRefused("Only http:// and https:// can be called.")
    if "@" in parts.netloc:
        raise AddressRefused("A URL must not hold a name or password.")
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=-._~") + (f"?{_query(parts.query)}" if parts.query else "")
    return Target(parts.scheme, _host(parts.hostname), port or PORTS[parts.scheme], path)


def check(host: str, port: int, addresses: Collection[str], private_hosts: Collection[str] = ()) -> None:
    """Whether all that a host resolves to may be called. Raises `AddressRefused`.

    `private_hosts` (`name` or `name:port`) may stand in a private network, but never at a link-local address, where
    clouds keep their machines' keys.
    """
    is_ours = host in private_hosts or f"{host}:{port}" in private_hosts
    if not addresses:
        raise AddressRefused("The host has no address.")
    for text in addresses:
        address = _unwrapped(ip_address(text.partition("%")[0]))
        if not (_is_own_network(address) if is_ours else is_public(address)):
            raise AddressRefused("The host is not on the public internet.")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is somewhere on the internet: not this machine, not its network, no tunnel to either."""
    if isinstance(address, IPv6Address) and (
        address not in _GLOBAL_UNICAST or any(address in tunnel for tunnel in _TUNNELS)
    ):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved)


def _is_own_network(address: IPv4Address | IPv6Address) -> bool:
    return not (address.is_link_local or address.is_multicast or address.is_unspecified)


def _unwrapped(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The IPv4 address inside `::ffff:…` and NAT64's prefix."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address


def _host(name: str) -> str:
    """In ASCII. An address is taken as people write it: resolvers read `0177.1` and `2130706433` as 127.0.0.1."""
    try:
        return str(ip_address(name.partition("%")[0])) if ":" in name else str(IPv4Address(name))
    except ValueError:
        pass
    try:
        ascii_name = name.encode("idna").decode("ascii").lower()
    except UnicodeError:
        raise AddressRefused("The host's name is not valid.") from None
    labels = ascii_name.rstrip(".").split(".")
    if not _NAME.fullmatch(ascii_name) or _NUMERIC.fullmatch(labels[-1]):
        raise AddressRefused("The host's name is not valid.")
    return ascii_name


def _query(query: str) -> str:
    return quote(query, safe="/?%:@!$&'()*+,;=-._~")

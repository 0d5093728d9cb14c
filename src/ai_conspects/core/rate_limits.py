"""Limits on requests: by user where the token is ours, by address else. Before a body is read or a row is asked for.

Headers as in draft-ietf-httpapi-ratelimit-headers-10. Behind a proxy, the address is what uvicorn makes of
`X-Forwarded-For` from proxies that it was told to trust (`--forwarded-allow-ips`), and of nobody else's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_conspects.core.problems import problem, retry_header
from ai_conspects.core.rate import RateLimiter
from ai_conspects.core.rate_policy import Policy, Verdict
from ai_conspects.core.settings import RateSettings

CODE = "too_many_requests"

Who = Callable[[str], str | None]
"""The user of an access token that is signed by this server, None for any other text. Asks no database."""


@dataclass(frozen=True)
class Rule:
    """Which requests a policy is for; the first rule that fits counts. `by_address`: whoever the token names."""

    methods: frozenset[str]
    paths: re.Pattern[str]
    policy: Policy
    by_address: bool = False


def rules(settings: RateSettings) -> tuple[Rule, ...]:
    """The rules of the settings; a limit of 0 is none."""
    post, every = frozenset({"POST"}), frozenset[str]()
    table = (
        (every, r"/v1/auth/", Policy("auth", settings.auth_per_minute), True),
        (
            post,
            r"/v1/(batches/submit|recordings|recordings/import|uploads)$",
            Policy("submit", settings.submit_per_minute),
            False,
        ),
        (post, r"/v1/chat/", Policy("chat", settings.chat_per_minute), False),
        (every, r"/v1/(?!health/)", Policy("api", settings.api_per_minute), False),
    )
    return tuple(Rule(methods, re.compile(path), policy, alone) for methods, path, policy, alone in table)


class RateLimits:
    """ASGI middleware; inside `RequestContext`, so that a refusal has its request id and its line in the log."""

    def __init__(self, app: ASGIApp, limiter: RateLimiter, rules: tuple[Rule, ...], who: Who) -> None:
        self.app, self.limiter, self.rules, self.who = app, limiter, rules, who

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        rule = self._rule(scope) if scope["type"] in {"http", "websocket"} else None
        if rule is None or not rule.policy.quota:
            await self.app(scope, receive, send)
            return
        found = await self.limiter.hit(rule.policy, self._key(scope, rule))
        if not found.allowed:
            await _refuse(rule.policy, found, scope, receive, send)
            return
        await self.app(scope, receive, _telling(rule.policy, found, send) if scope["type"] == "http" else send)

    def _rule(self, scope: Scope) -> Rule | None:
        method = scope.get("method", "GET")
        fitting = (one for one in self.rules if not one.methods or method in one.methods)
        return next((one for one in fitting if one.paths.match(scope["path"])), None)

    def _key(self, scope: Scope, rule: Rule) -> str:
        scheme, _, token = Headers(scope=scope).get("authorization", "").partition(" ")
        user = self.who(token.strip()) if scheme.lower() == "bearer" and not rule.by_address else None
        return f"user:{user}" if user else f"address:{address_of(scope)}"


def address_of(scope: Mapping[str, Any]) -> str:
    """Who sent a request, as far as the network tells: the address, of IPv6 its /64, which one household has whole."""
    host = (scope.get("client") or ("unknown", 0))[0]
    try:
        address = ip_address(host)
    except ValueError:  # a unix socket, or a test
        return str(host)
    if not isinstance(address, IPv6Address):
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, 64), strict=False))


def _telling(policy: Policy, found: Verdict, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(headers(policy, found))
        await send(message)

    return sending


def headers(policy: Policy, found: Verdict) -> dict[str, str]:
    """`RateLimit-Policy` and `RateLimit`: how much is allowed, how much of it is left, and when all is again."""
    return {
        "RateLimit-Policy": f'"{policy.name}";q={policy.quota};w={policy.window_s}',
        "RateLimit": f'"{policy.name}";r={found.remaining};t={ceil(found.reset_s)}',
    }


async def _refuse(policy: Policy, found: Verdict, scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1013, "reason": "Try again later."})
        return
    detail = f"More than {policy.quota} requests of this kind in {policy.window_s} s. Try again a little later."
    told = {**headers(policy, found), **retry_header(found.retry_after_s)}
    await problem(429, CODE, detail, headers=told)(scope, receive, send)

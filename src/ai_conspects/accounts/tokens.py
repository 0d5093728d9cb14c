"""Secrets and tokens: made, hashed, signed and read here. Whether they still count is decided in `service`."""

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from uuid import UUID

import jwt

from ai_conspects.accounts.errors import InvalidToken, NotAuthenticated, TokenExpired
from ai_conspects.core.clock import now
from ai_conspects.core.errors import ConfigurationError
from ai_conspects.core.ids import uuid7

ISSUER = AUDIENCE = "ai-conspects"
ALGORITHM = "HS256"
HEADER = {"alg": ALGORITHM, "typ": "at+jwt"}  # RFC 9068; a token with anything else in its header isn't ours
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "jti", "sid", "ver"]
CLOCK_SKEW = timedelta(seconds=5)
KNOWN_TOKENS = 4096
"""Of which the signature was checked: each request asks twice, for its limits and for its caller."""

MIN_KEY_BYTES = 32
MIN_KEY_VARIETY = 8  # different bytes; a random key of 32 bytes in hex has twice as many
EXAMPLES = ("secret", "change", "example", "password")  # as in `your_jwt_secret`; no random key spells a word


class WeakKeyError(ConfigurationError):
    """The signing key is missing or could be guessed: the server must not start with it."""


@dataclass(frozen=True)
class Claims:
    """What an access token says: whose it is, of which login, and of which token version of its user.

    `expires_at` is known of a token that was read.
    """

    user_id: UUID
    session_id: UUID
    token_version: int
    expires_at: datetime | None = field(default=None, compare=False)


class AccessTokens:
    """Signs and reads access tokens with one key."""

    def __init__(self, key: str, lifetime_s: int) -> None:
        """Raises `WeakKeyError` for a key that is missing, under 32 bytes, or plainly not random."""
        encoded = key.encode()
        example = any(word in key.lower() for word in EXAMPLES)
        if example or len(encoded) < MIN_KEY_BYTES or len(set(encoded)) < MIN_KEY_VARIETY:
            raise WeakKeyError(
                f"JWT_SECRET_KEY must be at least {MIN_KEY_BYTES} random bytes. Make one: openssl rand -base64 48"
            )
        self._key = encoded
        self.lifetime_s = lifetime_s
        self._signed = lru_cache(KNOWN_TOKENS)(self._verify)

    def issue(self, claims: Claims, at: datetime) -> str:
        """A signed token that lives `lifetime_s` from `at`."""
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(claims.user_id),
            "sid": str(claims.session_id),
            "ver": claims.token_version,
            "jti": str(uuid7()),
            "iat": at,
            "exp": at + timedelta(seconds=self.lifetime_s),
        }
        return jwt.encode(payload, self._key, algorithm=ALGORITHM, headers={"typ": HEADER["typ"]})

    def read(self, token: str | None) -> Claims:
        """What the token says. Raises `NotAuthenticated`, `TokenExpired` or `InvalidToken`."""
        if not token:
            raise NotAuthenticated("Send an access token: `Authorization: Bearer …`.")
        claims = self._signed(token)
        if claims.expires_at is None or claims.expires_at + CLOCK_SKEW <= now():
            raise TokenExpired
        return claims

    def _verify(self, token: str) -> Claims:
        try:
            decoded = jwt.decode_complete(
                token,
                self._key,
                algorithms=[ALGORITHM],
                issuer=ISSUER,
                audience=AUDIENCE,
                leeway=CLOCK_SKEW,
                options={"require": REQUIRED},
            )
        except jwt.ExpiredSignatureError:
            raise TokenExpired from None
        except (jwt.PyJWTError, ValueError, TypeError, OverflowError):
            raise InvalidToken from None
        if decoded["header"] != HEADER:
            raise InvalidToken
        return _claims(decoded["payload"])

    def signed_user(self, token: str) -> str | None:
        """Whose token it is, if it is ours and of this hour; whether it still counts is not asked."""
        try:
            return str(self.read(token).user_id)
        except NotAuthenticated:
            return None


def _claims(payload: dict[str, object]) -> Claims:
    version = payload["ver"]
    if type(version) is not int:
        raise InvalidToken
    try:
        expires_at = datetime.fromtimestamp(int(str(payload["exp"])), UTC)
        return Claims(UUID(str(payload["sub"])), UUID(str(payload["sid"])), version, expires_at)
    except (ValueError, OverflowError, OSError):
        raise InvalidToken from None


def new_secret() -> str:
    """256 random bits, base64url: a device secret or a refresh token."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """What is stored of a secret: a plain SHA-256 does, since there are 256 random bits to guess."""
    return sha256(secret.encode()).digest()


_NOBODY = digest(new_secret())


def matches(secret: str, stored: bytes | None) -> bool:
    """Whether the secret is the one stored; takes the same time where nothing is stored."""
    same = hmac.compare_digest(digest(secret), stored or _NOBODY)
    return same and stored is not None

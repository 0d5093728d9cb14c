"""Signatures by the Standard Webhooks specification (https://www.standardwebhooks.com, version 1)."""

import hmac
import secrets
from base64 import b64encode

PREFIX = "whsec_"
SECRET_BYTES = 24


def new_secret() -> bytes:
    """192 random bits."""
    return secrets.token_bytes(SECRET_BYTES)


def written(secret: bytes) -> str:
    """The secret as its owner is told it, once."""
    return PREFIX + b64encode(secret).decode()


def headers(secret: bytes, message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """What stands on a delivery. `timestamp` is in Unix seconds: of the try, so that an old one can't be replayed."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    signature = b64encode(hmac.digest(secret, signed, "sha256")).decode()
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": f"v1,{signature}",
    }

"""What the authentication calls take and give. Protocol fields first."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.http import PlainText, storable

MIN_OWN_SECRET = 43  # characters: 32 bytes in base64url
MIN_OWN_VARIETY = 8

DeviceId = Annotated[
    str, Field(min_length=1, max_length=255, pattern="^[!-~]+$", examples=["unique-device-identifier"])
]
"""Any visible ASCII without spaces: what phones call themselves."""


def _looks_random(value: str) -> str:
    if len(value) < MIN_OWN_SECRET or len(set(value)) < MIN_OWN_VARIETY:
        raise ValueError("must be at least 32 random bytes in base64url; or leave it out, and the server makes one")
    return value


def _secret_looks_random(secret: SecretStr) -> SecretStr:
    _looks_random(secret.get_secret_value())
    return secret


def own_secret(value: str) -> str:
    """The client's own secret, from a header. Raises `Unprocessable`."""
    try:
        return _looks_random(value)
    except ValueError as error:
        fault = FieldError(("header", "authorization"), str(error))
        raise Unprocessable("The device secret could be guessed.", errors=(fault,)) from None


def _storable(secret: SecretStr) -> SecretStr:
    storable(secret.get_secret_value())
    return secret


Secret = Annotated[SecretStr, Field(min_length=1, max_length=256), AfterValidator(_storable)]
OwnSecret = Annotated[
    Secret, AfterValidator(_secret_looks_random), Field(json_schema_extra={"minLength": MIN_OWN_SECRET})
]


Code = Annotated[PlainText, Field(min_length=1, max_length=100)]


class RegisterBody(BaseModel):
    """Our form of the call; the protocol's has `device_id` in the query and no body."""

    model_config = ConfigDict(extra="forbid")

    device_id: DeviceId | None = None
    device_secret: OwnSecret | None = Field(
        None, description="The client's own secret: then a lost answer does no harm."
    )
    invitation: Code | None = Field(None, description="The code of `ai-conspects invite`, where one is needed.")


class LoginBody(BaseModel):
    """The secret may stand in `Authorization: Device …` instead."""

    model_config = ConfigDict(extra="forbid")

    device_id: DeviceId | None = None
    device_secret: Secret | None = None


class RotateBody(BaseModel):
    """The secret that counts now, and the one that shall; without a new one the server makes it and tells it once."""

    model_config = ConfigDict(extra="forbid")

    device_secret: Secret
    new_device_secret: OwnSecret | None = None


class RecoverBody(BaseModel):
    """The code of `ai-conspects recover`; `device_secret` as in register."""

    model_config = ConfigDict(extra="forbid")

    device_id: DeviceId
    code: Code
    device_secret: OwnSecret | None = None


class RefreshBody(BaseModel):
    """The last refresh token that the client was given."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[PlainText, Field(min_length=1, max_length=256)]


class TokenAnswer(BaseModel):
    """`expires_in` is in seconds. `device_secret` is there once: when this server has made it."""

    access_token: str
    token_type: Literal["bearer"] = "bearer"  # noqa: S105 (RFC 6750's word, no password)
    user_id: UUID
    expires_in: int
    refresh_token: str
    device_secret: str | None = None

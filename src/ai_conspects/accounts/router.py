"""`/auth`: register, login, refresh, logout; a new secret for the old one, and the way back without it."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query
from pydantic import SecretStr

from ai_conspects.accounts import codes, secret_change, service
from ai_conspects.accounts import refresh as refreshing
from ai_conspects.accounts.dependencies import AccessTokensDep, PartsDep, SessionDep, SessionUser, UnknownSessionDep
from ai_conspects.accounts.errors import CodeRefused, DeviceAlreadyRegistered, LoginFailed, RefreshRefused
from ai_conspects.accounts.failures import FailuresDep
from ai_conspects.accounts.schemas import (
    DeviceId,
    LoginBody,
    RecoverBody,
    RefreshBody,
    RegisterBody,
    RotateBody,
    TokenAnswer,
    own_secret,
)
from ai_conspects.accounts.service import Arrival, Attempt
from ai_conspects.accounts.tokens import AccessTokens
from ai_conspects.core.clock import now
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented

router = APIRouter(route_class=InOneThread, prefix="/auth", tags=["authentication"], responses=documented(422, 503))

QueryDeviceId = Annotated[DeviceId | None, Query(description="The protocol's place for it; a JSON body does too.")]


def device_header(authorization: Annotated[str | None, Header(include_in_schema=False)] = None) -> str | None:
    """The secret of `Authorization: Device …`."""
    scheme, _, secret = (authorization or "").partition(" ")
    return secret.strip() or None if scheme.lower() == "device" else None


DeviceHeader = Annotated[str | None, Depends(device_header)]


def arrival(user_agent: Annotated[str | None, Header(include_in_schema=False)] = None) -> Arrival:
    """Now, and what the caller's program calls itself, as its list of sessions will show it."""
    plain = "".join(character for character in user_agent or "" if character.isprintable())
    return Arrival(now(), plain[:200] or None)


ArrivalDep = Annotated[Arrival, Depends(arrival)]


@router.post("/register", response_model_exclude_none=True, responses=documented(403, 409, 429))
def register(
    session: UnknownSessionDep,
    parts: PartsDep,
    tokens: AccessTokensDep,
    failed: FailuresDep,
    header_secret: DeviceHeader,
    arrival: ArrivalDep,
    device_id: QueryDeviceId = None,
    body: RegisterBody | None = None,
) -> TokenAnswer:
    """Register a device. `device_secret` is answered once: keep it, it is needed to log in."""
    device = _one_device_id(device_id, body.device_id if body else None)
    secret = own_secret(header_secret) if header_secret else _revealed(body.device_secret if body else None)
    auth = parts.settings.auth
    codes.admit(session, auth.registration, body.invitation if body else None, device, arrival.now)
    attempt = Attempt(device, secret, arrival, trusting=auth.trust_device_id)
    try:
        return _answer(service.register(session, attempt), tokens, arrival.now)
    except DeviceAlreadyRegistered:
        failed(device)
        raise


@router.post("/login", response_model_exclude_none=True, responses=documented(401, 404, 429))
def login(
    session: UnknownSessionDep,
    parts: PartsDep,
    tokens: AccessTokensDep,
    failed: FailuresDep,
    header_secret: DeviceHeader,
    arrival: ArrivalDep,
    device_id: QueryDeviceId = None,
    body: LoginBody | None = None,
) -> TokenAnswer:
    """Log a device in by its secret. 404 comes only where the server trusts device ids, as the protocol does."""
    device = _one_device_id(device_id, body.device_id if body else None)
    secret = header_secret or _revealed(body.device_secret if body else None)
    attempt = Attempt(device, secret, arrival, trusting=parts.settings.auth.trust_device_id)
    try:
        return _answer(service.login(session, attempt), tokens, arrival.now)
    except LoginFailed:
        failed(device)
        raise


@router.post("/rotate-secret", response_model_exclude_none=True, responses=documented(401, 429))
def rotate_secret(
    session: SessionDep,
    tokens: AccessTokensDep,
    user: SessionUser,
    failed: FailuresDep,
    arrival: ArrivalDep,
    body: RotateBody,
) -> TokenAnswer:
    """Replace the device's secret. Every other session ends; this answer's tokens are the new one's."""
    old, new = body.device_secret.get_secret_value(), _revealed(body.new_device_secret)
    try:
        return _answer(secret_change.rotate(session, user, old, new, arrival), tokens, arrival.now)
    except LoginFailed:
        failed(str(user.id))
        raise


@router.post("/recover", response_model_exclude_none=True, responses=documented(401, 429))
def recover(
    session: UnknownSessionDep, tokens: AccessTokensDep, failed: FailuresDep, arrival: ArrivalDep, body: RecoverBody
) -> TokenAnswer:
    """Get back into an account whose secret is lost, by a one-time code from whoever runs this server."""
    new = _revealed(body.device_secret)
    try:
        return _answer(secret_change.recover(session, body.device_id, body.code, new, arrival), tokens, arrival.now)
    except CodeRefused:
        failed(body.device_id)
        raise


@router.post("/refresh", response_model_exclude_none=True, responses=documented(401))
def refresh(parts: PartsDep, tokens: AccessTokensDep, body: RefreshBody) -> TokenAnswer:
    """Spend a refresh token for a new pair. Used a second time, it ends its whole session."""
    auth, moment = parts.settings.auth, now()
    ages = refreshing.Ages(timedelta(days=auth.refresh_idle_days), timedelta(days=auth.refresh_absolute_days))
    with parts.database.transaction(
        as_system="refresh: whose token is it?"
    ) as session:  # its own, for the end of a family stands although we answer 401
        fresh = refreshing.refresh(session, body.refresh_token, ages, moment)
    if fresh is None:
        raise RefreshRefused
    return _answer(fresh, tokens, moment)


@router.post("/logout", status_code=204, responses=documented(401))
def logout(session: SessionDep, user: SessionUser) -> None:
    """End this session: its tokens stop counting at once."""
    service.logout(session, user, now())


def _one_device_id(in_query: str | None, in_body: str | None) -> str:
    if in_query and in_body and in_query != in_body:
        fault = FieldError(("body", "device_id"), "differs from the device_id in the query")
        raise Unprocessable("Two different device ids were sent.", errors=(fault,))
    found = in_query or in_body
    if not found:
        fault = FieldError(("query", "device_id"), "Field required")
        raise Unprocessable("Send a device_id, in the query or in a JSON body.", errors=(fault,))
    return found


def _revealed(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret else None


def _answer(login: service.Login, tokens: AccessTokens, moment: datetime) -> TokenAnswer:
    return TokenAnswer(
        access_token=tokens.issue(login.claims, moment),
        user_id=login.claims.user_id,
        expires_in=tokens.lifetime_s,
        refresh_token=login.refresh_token,
        device_secret=login.device_secret,
    )

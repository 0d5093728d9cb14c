"""Why somebody isn't let in. The sentences never tell whether a device is known."""

from ai_conspects.core.errors import Conflict, Forbidden, NotFound, Unauthorized


class NotAuthenticated(Unauthorized):
    """No access token, or one that counts for nothing. `challenge` is the answer's `WWW-Authenticate` (RFC 6750)."""

    challenge = 'Bearer realm="ai-conspects"'


class InvalidToken(NotAuthenticated):
    """A token that this server didn't make, or that has been ended."""

    code = "invalid_token"
    challenge = 'Bearer realm="ai-conspects", error="invalid_token"'
    detail = "The access token is not valid. Refresh it, or log in again."


class TokenExpired(NotAuthenticated):
    """A token of ours, past its time."""

    code = "token_expired"
    challenge = 'Bearer realm="ai-conspects", error="invalid_token", error_description="The access token expired"'
    detail = "The access token has expired. Get a new one by POST /v1/auth/refresh."


class LoginFailed(Unauthorized):
    """Unknown device or wrong secret: the two are told apart by nobody."""

    code = "login_failed"
    challenge = 'Device realm="ai-conspects"'
    detail = "The device is not registered, or its secret is wrong."


class RefreshRefused(Unauthorized):
    """A refresh token that is unknown, spent, too old, or of a session that has ended."""

    code = "invalid_refresh_token"
    detail = "The refresh token is not valid any more. Log in again."


class DeviceAlreadyRegistered(Conflict):
    """The device is known, and the caller didn't prove to be it."""

    code = "device_already_registered"
    detail = "This device is already registered. Send its device_secret, or use another device_id."


class DeviceNotFound(NotFound):
    """The protocol's answer to the login of an unknown device; only in the literal mode."""

    code = "device_not_found"
    detail = "Device not found"


class RegistrationClosed(Forbidden):
    """This server takes no new devices."""

    code = "registration_closed"
    detail = "This server takes no registrations. A device that is registered logs in by /v1/auth/login."


class InvitationNeeded(Forbidden):
    """This server takes invited devices only; the code was missing, wrong, taken or too old."""

    code = "invitation_needed"
    detail = "Registering here needs an invitation that is still good. Ask whoever runs this server."


class CodeRefused(Unauthorized):
    """A recovery code that is unknown, taken, too old, or for another device."""

    code = "code_refused"
    challenge = 'Device realm="ai-conspects"'
    detail = "The code is not good for this device. Ask whoever runs this server for another."


class SessionNotFound(NotFound):
    """No such login of the caller's, or it has ended."""

    code = "session_not_found"
    detail = "Session not found"

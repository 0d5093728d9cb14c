"""Why a vault isn't taken."""

from ai_conspects.core.errors import FieldError, TooLarge, Unprocessable


class VaultTooLarge(TooLarge):
    """More bytes than an import may bring, packed or unpacked."""

    code = "vault_too_large"

    def __init__(self, most_mb: int) -> None:
        super().__init__(f"A vault may have {most_mb} MiB, and no more when it is unpacked.")


class InvalidVault(Unprocessable):
    """It is no zip, no vault, or one that was made to do harm. `path` is the file at fault."""

    code = "invalid_vault"

    def __init__(self, reason: str, path: str | None = None) -> None:
        shown = None if path is None else path.encode("utf-8", "replace").decode()[:200]
        super().__init__(
            f"The vault can't be read. {f'{shown}: ' if shown else ''}{reason}.",
            errors=() if shown is None else (FieldError(("vault", shown), reason),),
        )

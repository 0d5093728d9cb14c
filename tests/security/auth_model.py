"""Accounts, logins and tokens as `docs/security.md` promises them, in plain Python: no line of the server's is used."""

from dataclasses import dataclass, field


@dataclass(eq=False)
class Refresh:
    """A refresh token. `is_aged`: it was spent more than half a minute ago."""

    text: str
    family: "Family"
    successor: "Refresh | None" = None
    is_aged: bool = False


@dataclass(eq=False)
class Family:
    """A login with all that came of its first tokens."""

    account: "Account"
    has_ended: bool = False
    tokens: list[Refresh] = field(default_factory=list)
    id: str = ""

    @property
    def is_live(self) -> bool:
        return not self.has_ended and not self.account.is_deleted

    def may_spend(self, token: Refresh) -> bool:
        """Once; and once more for who lost the answer: within half a minute, while the successor is unused."""
        if token.successor is None:
            return True
        return not token.is_aged and token.successor.successor is None

    def spend(self, token: Refresh, text: str) -> Refresh:
        """The new token; where the answer was lost, the lost one is the one that is spent."""
        spent = token.successor or token
        spent.successor = Refresh(text, self)
        self.tokens.append(spent.successor)
        return spent.successor


@dataclass(eq=False)
class Access:
    """An access token; it counts while its login lives and its account's version is the one it was made with."""

    text: str
    family: Family
    version: int

    @property
    def counts(self) -> bool:
        return self.family.is_live and self.version == self.family.account.version


@dataclass(eq=False)
class Account:
    """One registration of a device."""

    device_id: str
    user_id: str
    secret: str
    version: int = 0
    is_deleted: bool = False
    families: list[Family] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)

    def let_in(self, given: dict[str, str], family: Family | None = None) -> Access:
        """Note what a successful answer gave."""
        if family is None:
            family = Family(self)
            family.tokens.append(Refresh(given["refresh_token"], family))
            self.families.append(family)
        access = Access(given["access_token"], family, self.version)
        self.accesses.append(access)
        return access

    def end_all(self) -> None:
        """Every login, and every access token."""
        self.version += 1
        for family in self.families:
            family.has_ended = True

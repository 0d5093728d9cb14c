"""Two devices register, log in, refresh, replay, rotate, log out and go, in any order and at once."""

import hashlib
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from sqlalchemy import select, update

from ai_conspects.models import RefreshToken
from tests.security.auth_model import Access, Account, Refresh
from tests.security.machines import NAMES, World, at_once

names = st.sampled_from(NAMES)
picks = st.integers(0, 200)
WRONG = "w0rng-secret-that-is-long-enough-to-be-one-of-them"


class AuthMachine(RuleBasedStateMachine):
    """After each step every access token ever given is tried: it counts if and only if the model says so."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.devices = {name: world.device_id(name) for name in NAMES}
        self.accounts: list[Account] = []

    def post(self, path: str, body: dict[str, str] | None, access: Access | None = None) -> Any:
        headers = {"Authorization": f"Bearer {access.text}"} if access else None
        return self.world.client.post(f"/v1/auth/{path}", json=body, headers=headers)

    def account(self, name: str) -> Account | None:
        """The device's account, if it has one now."""
        return next((one for one in self.accounts if one.device_id == self.devices[name] and not one.is_deleted), None)

    def some_access(self, pick: int) -> Access:
        known = [access for account in self.accounts for access in account.accesses]
        return known[-1 - pick % len(known)]

    def some_refresh(self, pick: int) -> Refresh:
        known = [one for account in self.accounts for family in account.families for one in family.tokens]
        return known[-1 - pick % len(known)]

    @rule(name=names, shows_secret=st.booleans())
    def register(self, name: str, shows_secret: bool) -> None:
        known = self.account(name)
        body = {"device_id": self.devices[name]}
        if known and shows_secret:
            body["device_secret"] = known.secret
        answer = self.post("register", body)
        if known is None:
            assert answer.status_code == 200, answer.text
            given = answer.json()
            assert given["user_id"] not in {one.user_id for one in self.accounts}
            self.accounts.append(Account(self.devices[name], given["user_id"], given["device_secret"]))
            self.accounts[-1].let_in(given)
        elif shows_secret:
            assert answer.status_code == 200, answer.text
            known.let_in(answer.json())
        else:
            assert answer.status_code in {409, 429}

    @rule(name=names, whose=st.sampled_from([*NAMES, "nobody"]))
    def login(self, name: str, whose: str) -> None:
        """With their own secret, the other's, or one that is nobody's."""
        known, shown = self.account(name), self.account(whose) if whose in NAMES else None
        body = {"device_id": self.devices[name], "device_secret": shown.secret if shown else WRONG}
        answer = self.post("login", body)
        if known and shown is known:
            assert answer.status_code == 200, answer.text
            assert answer.json()["user_id"] == known.user_id
            known.let_in(answer.json())
        else:
            assert answer.status_code in {401, 429}

    @precondition(lambda self: self.accounts)
    @rule(pick=picks)
    def refresh(self, pick: int) -> None:
        token = self.some_refresh(pick)
        self.note_refresh(token, self.post("refresh", {"refresh_token": token.text}))

    def note_refresh(self, token: Refresh, answer: Any) -> None:
        family = token.family
        if family.is_live and family.may_spend(token):
            assert answer.status_code == 200, answer.text
            family.spend(token, answer.json()["refresh_token"])
            family.account.let_in(answer.json(), family)
            return
        assert answer.status_code == 401
        family.has_ended = True  # a token that was used twice ends its login; one that had ended stays so

    @precondition(lambda self: self.accounts)
    @rule(pick=picks)
    def half_a_minute_passes(self, pick: int) -> None:
        tokens = self.some_refresh(pick).family.tokens
        digests = [digest(token.text) for token in tokens if token.successor]
        for token in tokens:
            token.is_aged = token.is_aged or token.successor is not None
        with self.world.parts.database.transaction(as_system="time in a test") as session:
            spent = update(RefreshToken).where(RefreshToken.token_sha256.in_(digests))
            session.execute(spent.values(used_at=RefreshToken.used_at - timedelta(seconds=31)))

    @precondition(lambda self: self.accounts)
    @rule(pick=picks)
    def refresh_twice_at_once(self, pick: int) -> None:
        """As if one came after the other; which was first is the database's to say."""
        token = self.some_refresh(pick)
        answers = at_once(*[lambda: self.post("refresh", {"refresh_token": token.text})] * 2)
        for answer in sorted(answers, key=self.place):
            self.note_refresh(token, answer)

    def place(self, answer: Any) -> tuple[int, bool]:
        """A refusal comes last; of two that were allowed, the first is the one whose token is spent."""
        if answer.status_code != 200:
            return (1, False)
        known = RefreshToken.token_sha256 == digest(answer.json()["refresh_token"])
        with self.world.parts.database.transaction(as_system="a test") as session:
            return (0, session.scalar(select(RefreshToken.used_at).where(known)) is None)

    @precondition(lambda self: self.accounts)
    @rule(pick=picks, is_right=st.booleans())
    def rotate(self, pick: int, is_right: bool) -> None:
        access = self.some_access(pick)
        account = access.family.account
        answer = self.post("rotate-secret", {"device_secret": account.secret if is_right else WRONG}, access)
        if access.counts and is_right:
            assert answer.status_code == 200, answer.text
            account.end_all()
            account.secret = answer.json()["device_secret"]
            account.let_in(answer.json())
        else:
            assert answer.status_code in {401, 429}

    @precondition(lambda self: self.accounts)
    @rule(pick=picks, which=picks)
    def end_a_session(self, pick: int, which: int) -> None:
        """One's own or the other's: the other's is a 404."""
        access = self.some_access(pick)
        family = self.some_refresh(which).family
        if not family.id:  # it ended before its own list of sessions told what it is called
            return
        answer = self.ask("DELETE", f"/v1/users/me/sessions/{family.id}", access)
        if not access.counts:
            assert answer.status_code == 401
        elif family.account is access.family.account and family.is_live:
            assert answer.status_code == 204
            family.has_ended = True
        else:
            assert answer.status_code == 404

    @precondition(lambda self: self.accounts)
    @rule(pick=picks, refreshing=st.booleans(), how=st.sampled_from(["logout", "rotate-secret", "delete"]))
    def end_while_refreshing(self, pick: int, refreshing: bool, how: str) -> None:
        """However the two fall: what was refreshed meanwhile counts no more than the rest."""
        access = self.some_access(pick)
        account, token = access.family.account, access.family.tokens[-1]
        assert how != "rotate-secret" or account.secret
        did_count, did_live = access.counts, access.family.is_live
        calls = [lambda: self.end(how, access)]
        if refreshing:
            calls.append(lambda: self.post("refresh", {"refresh_token": token.text}))
        ended, *fresh = at_once(*calls)
        assert (ended.status_code in {200, 204}) == did_count, (how, ended.status_code, ended.text)
        for answer in fresh:
            if answer.status_code == 200:
                assert did_live
                token.family.spend(token, answer.json()["refresh_token"])
                account.let_in(answer.json(), token.family)
            elif not did_count:
                token.family.has_ended = True
        if did_count:
            self.note_end(how, access, ended)

    @precondition(lambda self: self.accounts)
    @rule(pick=picks)
    def log_out_while_rotating(self, pick: int) -> None:
        """Neither waits for the other in a circle, and all that was before has ended."""
        access = self.some_access(pick)
        account, did_count = access.family.account, access.counts
        gone, rotated = at_once(lambda: self.end("logout", access), lambda: self.end("rotate-secret", access))
        statuses = (gone.status_code, rotated.status_code)
        assert statuses in ({(204, 200), (204, 401), (401, 200)} if did_count else {(401, 401)}), statuses
        if rotated.status_code == 200:
            self.note_end("rotate-secret", access, rotated)
            account.version += 1  # no older token counts; whether the new one does, is decided by who came last
            made = account.accesses[-1]
            if self.ask("GET", "/v1/users/me", made).status_code == 200:
                made.version = account.version
            assert gone.status_code == 204 or made.counts
        elif gone.status_code == 204:
            self.note_end("logout", access, gone)

    def end(self, how: str, access: Access) -> Any:
        if how == "delete":
            return self.ask("DELETE", "/v1/users/me", access)
        return self.post(how, {"device_secret": access.family.account.secret} if how != "logout" else None, access)

    def note_end(self, how: str, access: Access, answer: Any) -> None:
        account = access.family.account
        if how == "delete":
            account.is_deleted = True
        elif how == "logout":
            access.family.has_ended = True
            account.version += 1
        else:
            account.end_all()
            account.secret = answer.json()["device_secret"]
            account.let_in(answer.json())

    def ask(self, method: str, path: str, access: Access) -> Any:
        return self.world.client.request(method, path, headers={"Authorization": f"Bearer {access.text}"})

    @invariant()
    def each_token_counts_for_its_owner_or_not_at_all(self) -> None:
        for account in self.accounts:
            for access in account.accesses:
                answer = self.ask("GET", "/v1/users/me/sessions", access)
                assert (answer.status_code == 200) == access.counts, answer.text
                if access.counts:
                    self.compare_sessions(access, answer.json()["items"])

    def compare_sessions(self, access: Access, told: list[dict[str, Any]]) -> None:
        account = access.family.account
        (current,) = [one["id"] for one in told if one["is_current"]]
        assert access.family.id in {"", current}
        access.family.id = current
        live = [family for family in account.families if family.is_live]
        assert len(told) == len(live)
        assert {family.id for family in live} - {""} <= {one["id"] for one in told}
        assert self.ask("GET", "/v1/users/me", access).json()["id"] == account.user_id


def digest(text: str) -> bytes:
    """As the database holds a token."""
    return hashlib.sha256(text.encode()).digest()

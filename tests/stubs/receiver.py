"""A receiver of webhooks on a loopback port, that keeps what it was sent and answers as the test says."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from tests.stubs.serving import Handler, serving


@dataclass
class Receiver:
    """`answers` are given in turn, then 204 for ever. 0: it hangs until the test is over.

    `after_s`: it thinks so long before each answer.
    """

    after_s: float = 0
    url: str = ""
    answers: list[int] = field(default_factory=list)
    received: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    over: Event = field(default_factory=Event)


@contextmanager
def receiver(*answers: int) -> Iterator[Receiver]:
    """One that runs."""
    kept = Receiver(answers=list(answers))

    class Receiving(Handler):
        def do_POST(self) -> None:
            kept.received.append(({name.lower(): value for name, value in self.headers.items()}, self.body()))
            status = kept.answers.pop(0) if kept.answers else 204
            if not status:
                kept.over.wait(30)
                return
            kept.over.wait(kept.after_s)
            self.send(status, headers={"Location": "http://169.254.169.254/"} if 300 <= status < 400 else {})

    with serving(Receiving) as url:
        kept.url = f"{url}/hook"
        try:
            yield kept
        finally:
            kept.over.set()

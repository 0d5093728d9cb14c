"""The soak: clients at work while parts are killed at random, for minutes; then everything must be there, once.

    make soak            or    python -m tests.faults.soak --minutes 10 --seed 1

The seed is printed: it chooses what is done, not how the machine schedules it.
"""

import argparse
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from uuid import uuid4

import httpx
import redis

from tests.e2e.waiting import until
from tests.faults.client import SPOKEN, Client, clip
from tests.faults.history import FINAL, History, violations
from tests.faults.site import LEASE_S, WORKERS, Site, site
from tests.stubs.openai_audio import SpeechServer, speech_server
from tests.stubs.openai_server import Fail, Raw
from tests.uploads.tus import BYTES, encoded

CLIENTS = 5
SETTLE_S = 180.0


@dataclass
class Soak:
    """One run. `recoveries` are the seconds from each fault until a recording sent after it had its notes."""

    site: Site
    speech: SpeechServer
    chance: random.Random
    history: History = field(default_factory=History)
    faults: Counter[str] = field(default_factory=Counter)
    recoveries: list[tuple[float, str]] = field(default_factory=list)
    garbage: set[tuple[str, str]] = field(default_factory=set)
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self, seconds: float) -> list[str]:
        """What was broken, in words."""
        self.site.start(*WORKERS)
        ends = time.monotonic() + seconds
        with ThreadPoolExecutor(CLIENTS) as pool, Client(self.site.url, self.history) as probe:
            seeds = [self.chance.randrange(2**32) for _ in range(CLIENTS)]
            working = [pool.submit(self._client, seed) for seed in seeds]
            try:
                while time.monotonic() < ends:
                    self._one_fault(probe)
            finally:
                self.stop.set()
            for each in working:
                each.result()
        until(self._all_ended, SETTLE_S, every_s=0.5)
        held = violations(self.history, self.site.database_url, self.site.store, swept_after=timedelta(days=1))
        return [*held, *self._failed_without_need()]

    def _failed_without_need(self) -> Iterator[str]:
        """Good recordings that ended with an error: no fault of a machine is theirs."""
        failed = self.site.rows(
            "SELECT user_id::text, client_id, error_code, error_message FROM audio_recordings WHERE status = 'failed'"
        )
        for user_id, client_id, code, message in failed:
            if (user_id, client_id) not in self.garbage:
                yield f"{client_id}: failed, {code}: {message}"

    def _one_fault(self, probe: Client) -> None:
        name = self.chance.choice(sorted(FAULTS))
        self.stop.wait(self.chance.uniform(0, 2))
        since = time.monotonic()
        FAULTS[name](self)
        self.faults[name] += 1
        batch = f"probe-{uuid4().hex[:8]}"
        probe.insist(batch, clip(self.chance.randrange(2**40)), deadline_s=SETTLE_S)
        probe.ended(batch, SETTLE_S)
        self.recoveries.append((time.monotonic() - since, name))

    def _client(self, seed: int) -> None:
        """A phone: one batch after the other, in one of three ways, and a look at each until it has ended."""
        chance = random.Random(seed)
        with Client(self.site.url, self.history) as client:
            for number in count():
                if self.stop.is_set():
                    return
                batch, audio = f"b{number}", clip(chance.randrange(2**40))
                way = chance.choice(("submit", "several", "upload", "garbage", "remove"))
                if way == "upload":
                    self._upload(client, batch, audio, chance)
                elif way == "garbage":
                    self.garbage.add((client.user_id, f"{batch}-0"))
                    client.insist(batch, chance.randbytes(2000), audio, deadline_s=SETTLE_S)
                else:
                    client.insist(batch, *[audio] * (2 if way == "several" else 1), deadline_s=SETTLE_S)
                if way == "remove":  # in the middle of the work
                    self.stop.wait(chance.uniform(0, 1))
                    client.remove(batch, 1, SETTLE_S)
                    continue
                client.ended(batch, SETTLE_S)

    def _upload(self, client: Client, batch: str, audio: bytes, chance: random.Random) -> None:
        """By tus, in pieces, asking for the offset after whatever happens."""
        sent = {"Tus-Resumable": "1.0.0"}
        metadata = encoded({"recording_id": f"{batch}-0", "batch_id": batch, "language": "ru", "filename": "a.wav"})
        create = {**sent, "Upload-Length": str(len(audio)), "Upload-Metadata": metadata}
        deadline = time.monotonic() + SETTLE_S
        where = ""
        while time.monotonic() < deadline:
            with suppress(httpx.HTTPError):
                if not where:
                    where = client.http.post("/uploads", headers=create).headers.get("location", "")
                    continue
                head = client.http.head(self.site.url + where, headers=sent)
                at = int(head.headers.get("upload-offset", "-1"))
                if at == len(audio):
                    return client.history.acknowledged(client.user_id, f"{batch}-0", audio)
                if at >= 0:
                    piece = audio[at : at + chance.randrange(20_000, 60_000)]
                    headers = {**sent, "Upload-Offset": str(at), "Content-Type": BYTES}
                    client.http.patch(self.site.url + where, content=piece, headers=headers)
                    continue
            time.sleep(0.2)
        raise AssertionError(f"{batch} was not uploaded")

    def _all_ended(self) -> bool:
        """Every batch of the database, those of clients that never heard of it too."""
        rows = self.site.rows("SELECT DISTINCT status FROM processing_batches")
        return {str(status) for (status,) in rows} <= FINAL

    def summary(self, seed: int, seconds: float, broken: list[str]) -> str:
        """One page."""
        answers = Counter(event.told[0] for event in self.history.of("answered"))
        [(recordings, failed, notes)] = self.site.rows(
            "SELECT count(*), count(*) FILTER (WHERE status = 'failed'), (SELECT count(*) FROM notes)"
            " FROM audio_recordings"
        )
        [(crashed,)] = self.site.rows("SELECT count(*) FROM recording_steps WHERE fence > 1")
        longest = {name: max(took for took, of in self.recoveries if of == name) for name in self.faults}
        kept, removed = len(self.history.of("acknowledged")), len(self.history.of("removed"))
        slowest = sorted(((took, name) for name, took in longest.items()), reverse=True)
        lines = [
            f"soak: seed {seed}, {seconds / 60:.1f} min, {CLIENTS} clients and a probe",
            f"  asked      {sum(answers.values())} requests: {dict(sorted(answers.items()))}",
            f"  kept       {kept} acknowledged, {removed} removed by their clients; {recordings} stand, "
            f"{failed} failed with a cause ({len(self.garbage)} times garbage was sent), {notes} notes",
            f"  killed     {sum(self.faults.values())} faults: {dict(sorted(self.faults.items()))}",
            f"  recovered  {crashed} steps were done by a second claim or more",
            f"  longest    {slowest[0][0]:.1f} s after “{slowest[0][1]}”, until a new recording had notes; of each:",
            *(f"    {took:5.1f} s  {name}" for took, name in slowest),
            f"  broken     {len(broken)}" + "".join(f"\n    {each}" for each in broken[:20]),
        ]
        return "\n".join(lines)


def _killed(name: str) -> Callable[[Soak], None]:
    def fault(soak: Soak) -> None:
        soak.site.kill(name)
        soak.stop.wait(soak.chance.uniform(0, 2))
        soak.site.start(name)

    return fault


def _frozen(name: str) -> Callable[[Soak], None]:
    """Longer than its lease, so that it comes back and finds its work in other hands."""

    def fault(soak: Soak) -> None:
        soak.site.signal(name, signal.SIGSTOP)
        soak.stop.wait(soak.chance.uniform(1.5, 2.5) * LEASE_S)
        soak.site.signal(name, signal.SIGCONT)

    return fault


def _told_to_stop(name: str) -> Callable[[Soak], None]:
    def fault(soak: Soak) -> None:
        soak.site.stop(name)
        soak.site.start(name)

    return fault


def _emptied(soak: Soak) -> None:
    with closing(redis.Redis.from_url(soak.site.settings.redis_url.get_secret_value())) as client:
        client.flushall()


def _speech_that(*answers: Fail | Raw) -> Callable[[Soak], None]:
    def fault(soak: Soak) -> None:
        soak.speech.answers.extendleft([*answers])

    return fault


FAULTS: dict[str, Callable[[Soak], None]] = {
    **{f"kill -9 {name}": _killed(name) for name in ("api", "postgres", "valkey", *WORKERS)},
    **{f"stop {name}": _told_to_stop(name) for name in ("api", *WORKERS)},
    **{f"freeze {name}": _frozen(name) for name in ("worker-audio", "worker-other")},
    "empty the queue": _emptied,
    "speech is busy": _speech_that(*[Fail(429, headers={"Retry-After": "1"})] * 2),
    "speech is broken": _speech_that(Fail(500), Raw(b"<html>", content_type="text/html")),
}


def soak(seed: int, seconds: float) -> tuple[str, list[str]]:
    """Run it; the summary, and what was broken."""
    with speech_server() as speech:
        speech.says(SPOKEN)
        with site(speech={"engine": "openai", "base_url": speech.url, "checkpoint_s": 5}) as made:
            run = Soak(made, speech, random.Random(seed))
            broken = run.run(seconds)
            return run.summary(seed, seconds, broken), broken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10_000))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)
    told, broken = soak(given.seed, given.minutes * 60)
    print(told)
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()

"""Fuzzing of the SIP core: `python -m tests.fuzz.sip --messages 10_000_000`; see `make fuzz-sip`.

A batch is 500 messages to one endpoint whose application answers at random, then the end of all timers. Checked:
nothing is raised, nothing is left, strangers get no byte, and no message makes an endpoint send more than a few. A
batch's number is its seed; what is done is noted in `.cache/fuzz-sip.json`, and the next run goes on from there.
"""

import argparse
import json
import os
import random
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gateway.sip.calls import EndpointSettings, ListenAddress, OutgoingInvite
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.errors import MisuseError
from gateway.sip.events import (
    InviteAccepted,
    InviteReceived,
    ReferReceived,
    ReinviteReceived,
    ResolveNeeded,
    SipEvent,
    UpdateReceived,
)
from gateway.sip.flow import Flow, HostPort, Target
from gateway.sip.name_addr import NameAddr
from tests.fuzz.grammar import message, reply
from tests.unit.gateway.sip.leaks import leaks
from tests.unit.gateway.sip.pair import ANSWER, OFFER, SeededTokens

BATCH = 500
NOTE = Path(".cache/fuzz-sip.json")
FOUND = Path(".cache/fuzz-sip-found")
OURS = HostPort("192.0.2.2", 5060)
FLOW = Flow("UDP", OURS, HostPort("192.0.2.1", 5060))
STREAM = Flow("TCP", OURS, HostPort("192.0.2.1", 5060))
MAX_SESSIONS = 40
MAX_ANSWERS = 8  # of one message: 100, an answer, a 487, a CANCEL's 200, BYEs of what it ends; never by the dozen
SETTINGS = EndpointSettings(
    addresses=(ListenAddress("UDP", OURS), ListenAddress("TCP", OURS)), max_sessions=MAX_SESSIONS
)


class Found(NamedTuple):
    """What went wrong in which batch; `data` is the last message."""

    batch: int
    place: int
    reason: str
    data: bytes


class Victim:
    """An endpoint with an application that does what it is asked, or something else."""

    def __init__(self, chance: random.Random, seed: int) -> None:
        self.endpoint = SipEndpoint(SETTINGS, SeededTokens(seed), lambda _flow: True)
        self.sent: list[bytes] = []
        self.sessions: dict[str, None] = {}
        self._chance = chance
        self.now = 0.0

    @classmethod
    def quiet(cls) -> "Victim":
        """One whose application does nothing by itself."""
        victim = cls(random.Random(1), 1)
        victim._chance.random = lambda: 0.99  # type: ignore[method-assign]
        return victim

    def take(self, data: bytes, flow: Flow = FLOW) -> int:
        """How many messages it sent because of this one."""
        self.endpoint.receive(data, flow, self.now)
        return self.drain()

    def drain(self) -> int:
        count = 0
        while True:
            while event := self.endpoint.next_event():
                self._react(event)
            out = [transmit.data for transmit in self.endpoint.outgoing() if transmit.data]
            if not out:
                return count
            count += len(out)
            self.sent = [*self.sent, *out][-20:]

    def _react(self, event: SipEvent) -> None:
        if isinstance(event, ResolveNeeded):
            self.endpoint.resolved(
                event.query, [Target("UDP", FLOW.remote)] if self._chance.random() < 0.5 else [], self.now
            )
            return
        session = getattr(event, "session", "")
        if not session:
            return
        self.sessions[session] = None
        with suppress(MisuseError):  # the application did what it may not, which is told to it and harms nobody
            self._answer(event, session)

    def _answer(self, event: SipEvent, session: str) -> None:
        endpoint, now, chance = self.endpoint, self.now, self._chance
        if isinstance(event, InviteReceived):
            if chance.random() < 0.6:
                endpoint.ring(session, now)
            if chance.random() < 0.6:
                endpoint.accept(session, ANSWER, now)
            elif chance.random() < 0.5:
                endpoint.reject(session, 486, now)
        elif isinstance(event, ReinviteReceived):
            endpoint.answer_reinvite(session, ANSWER, now) if chance.random() < 0.7 else endpoint.reject_reinvite(
                session, 488, now
            )
        elif isinstance(event, UpdateReceived):
            endpoint.answer_update(session, ANSWER, now)
        elif isinstance(event, ReferReceived):
            endpoint.accept_refer(session, now) if chance.random() < 0.7 else endpoint.reject_refer(session, 603, now)
        elif isinstance(event, InviteAccepted) and event.answer_needed:
            endpoint.acknowledge(session, ANSWER, now)

    def does_something(self) -> None:
        """A verb of the application."""
        endpoint, chance, now = self.endpoint, self._chance, self.now
        names = list(self.sessions)[-MAX_SESSIONS:]
        with suppress(MisuseError):
            match chance.randrange(7) if names else 0:
                case 0:
                    self.sessions[endpoint.invite(self._call(), now)] = None
                case 1:
                    endpoint.hang_up(chance.choice(names), now)
                case 2:
                    endpoint.reinvite(chance.choice(names), OFFER, now)
                case 3:
                    endpoint.send_in_dialog(chance.choice(names), "INFO", now)
                case 4:
                    endpoint.update(chance.choice(names), OFFER, now)
                case 5:
                    endpoint.ring(chance.choice(names), now, 183, ANSWER)
                case _:
                    endpoint.refer(chance.choice(names), "sip:c@192.0.2.3", now)
        self.drain()

    def _call(self) -> OutgoingInvite:
        return OutgoingInvite(
            target="sip:x@192.0.2.1",
            from_=NameAddr.of("sip:us@h"),
            destination=Target("UDP", FLOW.remote),
            body=OFFER if self._chance.random() < 0.7 else b"",
        )

    def wait(self, seconds: float) -> None:
        end = self.now + seconds
        while (due := self.endpoint.next_timer()) is not None and due <= end:
            self.now = max(self.now, due)
            self.endpoint.handle_timer(self.now)
            self.drain()
        self.now = end

    def finish(self) -> None:
        """Hang everything up, let all timers run out, lose all connections."""
        for name in list(self.sessions):
            self.endpoint.hang_up(name, self.now)
        self.drain()
        self.wait(400.0)
        for flow in (FLOW, STREAM):
            self.endpoint.flow_closed(flow, self.now)
        self.drain()
        self.wait(400.0)


def run_batch(number: int, size: int = BATCH) -> Found | None:
    """Deterministic by its number."""
    chance = random.Random(number)
    victim, place, data = Victim(chance, number), 0, b""
    flow = STREAM if number % 8 == 0 else FLOW
    stranger = SipEndpoint(SETTINGS, SeededTokens(number), lambda _flow: False)
    try:
        for place in range(size):
            data = (
                reply(chance, chance.choice(victim.sent)) if victim.sent and chance.random() < 0.5 else message(chance)
            )
            sent = victim.take(data, flow)
            if sent > MAX_ANSWERS:
                return Found(number, place, f"{sent} answers to one message", data)
            stranger.receive(data, flow, victim.now)
            if chance.random() < 0.05:
                victim.does_something()
            if chance.random() < 0.05:
                victim.wait(chance.choice((0.1, 1.0, 10.0, 40.0)))
            if victim.endpoint.counters.sessions > 2 * MAX_SESSIONS:
                return Found(number, place, "more sessions than allowed", data)
            if any(transmit.data for transmit in stranger.outgoing()):
                return Found(number, place, "a stranger was answered", data)
        victim.finish()
    except Exception as error:  # whatever it is, it is what we look for
        return Found(number, place, f"{type(error).__name__}: {error}", data)
    left = leaks(victim.endpoint) + leaks(stranger)
    if left or victim.endpoint.next_timer() is not None:
        return Found(number, place, f"left over: {left}", data)
    return None


def run_many(numbers: list[int]) -> list[Found]:
    return [found for number in numbers if (found := run_batch(number)) is not None]


def main() -> int:
    """0: nothing found."""
    parser = argparse.ArgumentParser(description="Fuzz the SIP core.")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=0.0, help="Stop after this time; 0: when all are sent.")
    parser.add_argument(
        "--fresh", action="store_true", help="Begin with the first batch, note nothing: each time the same."
    )
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    wanted = options.messages // BATCH
    begun, done = (0, 0) if options.fresh else _noted(wanted)
    found = _run(begun, range(done, begun + wanted), options)
    for one in found:
        FOUND.mkdir(parents=True, exist_ok=True)
        (FOUND / f"{one.batch}.sip").write_bytes(one.data)
        print(f"batch {one.batch}, message {one.place}: {one.reason}; kept in {FOUND}", file=sys.stderr)
    return 1 if found else 0


def _run(begun: int, batches: range, options: argparse.Namespace) -> list[Found]:
    found: list[Found] = []
    start = time.monotonic()
    with ProcessPoolExecutor(options.workers) as pool:
        for some in _rounds(batches, options.workers):
            pieces = [some[place :: options.workers] for place in range(options.workers)]
            found += [one for told in pool.map(run_many, pieces) for one in told]
            sent, spent = (some[-1] + 1 - batches[0]) * BATCH, time.monotonic() - start
            progress = f"{sent:,} of {len(batches) * BATCH:,} messages, {sent / spent:,.0f}/s, {len(found)} found"
            print(f"\r{progress} ", end="", file=sys.stderr)
            if not options.fresh and not found:
                NOTE.parent.mkdir(exist_ok=True)
                NOTE.write_text(json.dumps({"begun": begun, "done": some[-1] + 1}))
            if found or (options.seconds and spent > options.seconds):
                break
    print(file=sys.stderr)
    return found


def _rounds(batches: range, workers: int) -> Iterator[list[int]]:
    """Some seconds of work each."""
    size = workers * 25
    for start in range(0, len(batches), size):
        yield list(batches[start : start + size])


def _noted(wanted: int) -> tuple[int, int]:
    """Where the last run began and how far it came; a whole one is followed by the next."""
    if not NOTE.exists():
        return 0, 0
    note = json.loads(NOTE.read_text())
    begun, done = int(note["begun"]), int(note["done"])
    return (done, done) if done - begun >= wanted else (begun, done)


if __name__ == "__main__":
    sys.exit(main())

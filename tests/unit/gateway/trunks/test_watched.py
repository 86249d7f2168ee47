"""What people are told of a trunk under watch: its health, its registration, and what is wrong."""

from typing import Any

from carriers import ONE, make_trunk

from gateway.trunks.registering import Outcome
from gateway.trunks.watched import SILENCE, Found, Trouble, Watched
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.trunks import HealthCheck, Registration

HEALTH = HealthCheck(interval_seconds=60, down_after=2, up_after=2)
UNKNOWN_AUTHORITY = Trouble(TrunkReason.UNKNOWN_AUTHORITY, 503)


def watched(**options: Any) -> Watched:
    found = Watched(make_trunk(ONE, 1, **options), 0.0, 0.0)
    if found.registering is not None:
        found.registering.start()
    return found


def refuse(trunk: Watched, status: int, reason: TrunkReason | None = None) -> None:
    trunk.registered(Outcome(status), 0.0, 0.5, reason)
    trunk.registration_sign()


def test_a_reason_is_told_once_the_trunk_counts_as_down_and_follows_what_is_met_then() -> None:
    trunk = watched(health=HEALTH)
    assert trunk.probed(503, TrunkReason.UNKNOWN_AUTHORITY) is None
    assert trunk.found == Found("unknown", "none")
    assert trunk.probed(503, TrunkReason.UNKNOWN_AUTHORITY) == "down"
    assert trunk.found == Found("down", "none", UNKNOWN_AUTHORITY)
    assert trunk.trouble_of("down") == UNKNOWN_AUTHORITY
    assert trunk.probed(503, TrunkReason.NAME_MISMATCH) is None
    assert trunk.found.trouble == Trouble(TrunkReason.NAME_MISMATCH, 503)


def test_the_last_reason_stays_until_the_trunk_counts_as_up() -> None:
    trunk = watched(health=HEALTH)
    for _ in range(2):
        trunk.probed(SILENCE.status, SILENCE.reason)
    assert trunk.probed(200) is None
    assert trunk.found == Found("down", "none", SILENCE)
    assert trunk.probed(200) == "up"
    assert trunk.found == Found("up", "none")
    assert trunk.trouble_of("up") is None


def test_what_the_carrier_itself_says_is_a_refusal() -> None:
    trunk = watched(health=HealthCheck(interval_seconds=60, down_after=1))
    assert trunk.probed(503) == "down"
    assert trunk.found.trouble == Trouble(TrunkReason.REFUSED, 503)


def test_a_password_that_is_wrong_is_told_apart() -> None:
    trunk = watched(registration=Registration())
    refuse(trunk, 403)
    assert trunk.found == Found("unknown", "waiting", Trouble(TrunkReason.CREDENTIALS_REFUSED, 403))
    assert trunk.trouble_of("unregistered") == trunk.found.trouble
    assert trunk.registering is not None
    assert trunk.registering.wake(trunk.registering.timer or 0.0)
    assert trunk.found.registration == "waiting"
    refuse(trunk, 500)
    assert trunk.found.trouble == Trouble(TrunkReason.REFUSED, 500)
    trunk.registering.wake(trunk.registering.timer or 0.0)
    trunk.registered(Outcome(200, expires=400), 0.0, 0.5)
    assert trunk.found == Found("unknown", "registered")


def test_only_the_first_registration_is_being_tried() -> None:
    assert watched(registration=Registration()).found == Found("unknown", "trying")


def test_a_refresh_that_fails_is_told_when_the_registration_is_over() -> None:
    trunk = watched(registration=Registration())
    trunk.registered(Outcome(200, expires=400), 0.0, 0.5)
    assert trunk.registration_sign() == "registered"
    assert trunk.register_due(300.0)
    trunk.registered(Outcome(503), 390.0, 0.5, TrunkReason.UNKNOWN_AUTHORITY)
    assert trunk.found == Found("unknown", "registered")
    assert trunk.register_due(400.0)
    assert trunk.registration_sign() == "unregistered"
    assert trunk.found == Found("unknown", "waiting", UNKNOWN_AUTHORITY)


def test_why_it_does_not_answer_comes_before_why_it_is_not_registered() -> None:
    trunk = watched(health=HealthCheck(interval_seconds=60, down_after=1), registration=Registration())
    trunk.probed(503, TrunkReason.UNKNOWN_AUTHORITY)
    refuse(trunk, 403)
    assert trunk.found.trouble == UNKNOWN_AUTHORITY
    trunk.probed(200)
    assert trunk.found.trouble == UNKNOWN_AUTHORITY
    trunk.probed(200)
    assert trunk.found.trouble == Trouble(TrunkReason.CREDENTIALS_REFUSED, 403)

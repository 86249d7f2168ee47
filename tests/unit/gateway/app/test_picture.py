"""What the gateway tells of itself and its engine, for who compares it."""

from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest

from gateway.app.call_room import CallRoom
from gateway.app.lanes import Lanes
from gateway.app.phone_hub import PhoneHub
from gateway.app.picture import AT_ONCE, QUIET_SHARE, PictureTaker
from kernel.contracts.engine import Address, DeleteLeg, EngineLost, LegState, Snapshot, TakeSnapshot
from kernel.contracts.reconciling import Dialog, Holding, Surroundings
from kernel.primitives.ids import CallId, TenantId, UserId

OURS, THEIRS = TenantId(UUID(int=1)), TenantId(UUID(int=2))
ANN, BEN = UserId(UUID(int=0xA1)), UserId(UUID(int=0xA2))
CALL, OTHER, ENDED = (CallId(UUID(int=0xC0 + place)) for place in range(3))


def side(agent: UserId, media: str | None, seat: str = "") -> Any:
    return SimpleNamespace(agent=agent, media=media, seat=seat)


class Place:
    """The gateway's calls, softphones, lanes and engine, and a clock that only the engine moves."""

    def __init__(self) -> None:
        self.workers: list[Any] = []
        self.busy: set[CallId] = set()
        self.legs: list[str] = []
        self.asked: list[object] = []
        self.lost = False
        self.now = 0.0
        self.answer_seconds = 0.0

    def call(self, call: CallId, tenant: TenantId = OURS, agent: Any = None, over: bool = False) -> None:
        leg = SimpleNamespace(name=f"{call}.far", state=SimpleNamespace(media=object()))
        told = SimpleNamespace(id=call, tenant=tenant, over=over, agent=agent)
        self.workers.append(SimpleNamespace(call=told, far=leg, legs=SimpleNamespace(all=[leg])))
        self.legs.append(leg.name)

    def ended_with(self, leg: str) -> tuple[TenantId, CallId] | None:
        return (THEIRS, ENDED) if leg.startswith(str(ENDED)) else None

    def has_work(self, call: CallId) -> bool:
        return call in self.busy

    def reachable(self) -> set[tuple[TenantId, UserId]]:
        return {(OURS, ANN), (THEIRS, BEN)}

    def owns(self, leg: str) -> bool:
        return False

    async def request(self, command: object) -> Any:
        self.asked.append(command)
        self.now += self.answer_seconds
        if self.lost:
            raise EngineLost("it is gone")
        here = Address(host="127.0.0.1", port=1)
        return Snapshot(
            legs=tuple(LegState(leg=leg, kind="rtp", group="", local=here, hearing=()) for leg in self.legs),
            players=(),
            recorders=(),
        )

    def taker(self) -> PictureTaker:
        rooms = cast(CallRoom, self), cast(PhoneHub, self), cast(Lanes, self)
        return PictureTaker(*rooms, self, lambda: self.now)  # type: ignore[arg-type]


@pytest.fixture
def place() -> Place:
    return Place()


async def dialogs(place: Place, tenant: TenantId = OURS) -> Any:
    return (await place.taker().take()).tenants[tenant].dialogs


async def test_each_tenant_has_what_is_theirs(place: Place) -> None:
    place.call(CALL)
    place.call(OTHER, THEIRS)
    seen = await place.taker().take()
    assert seen == Surroundings(
        legs=frozenset({f"{CALL}.far", f"{OTHER}.far"}),
        tenants={
            OURS: Holding(dialogs={CALL: Dialog(leg=f"{CALL}.far")}, softphones=frozenset({ANN})),
            THEIRS: Holding(dialogs={OTHER: Dialog(leg=f"{OTHER}.far")}, softphones=frozenset({BEN})),
        },
    )


@pytest.mark.parametrize(
    ("agent", "joined"), [(side(ANN, "leg"), ANN), (side(ANN, None, "party1"), ANN), (side(ANN, None), None)]
)
async def test_an_agent_is_joined_by_a_leg_or_a_telephone(place: Place, agent: Any, joined: UserId | None) -> None:
    place.call(CALL, agent=agent)
    assert (await dialogs(place))[CALL].agent == joined


async def test_a_call_that_is_worked_on_says_so(place: Place) -> None:
    place.call(CALL)
    place.busy = {CALL}
    assert (await dialogs(place))[CALL].moving


async def test_a_call_that_was_released_is_there_until_it_has_told_so(place: Place) -> None:
    place.call(CALL, over=True)
    place.busy = {CALL}
    assert await dialogs(place) == {CALL: Dialog(moving=True)}
    place.busy = set()
    assert await dialogs(place) == {}


async def test_legs_of_ended_calls_are_strays_and_softphones_are_not(place: Place) -> None:
    place.call(CALL)
    place.legs += [f"{ENDED}.far", "softphone.x", "unknown"]
    seen = await place.taker().take()
    assert {tenant: one.strays for tenant, one in seen.tenants.items()} == {
        OURS: {},
        THEIRS: {f"{ENDED}.far": ENDED},
    }


async def test_a_stray_that_a_call_has_after_all_is_not_deleted(place: Place) -> None:
    place.call(CALL)
    await place.taker().delete_stray(f"{CALL}.far")
    assert place.asked == []
    await place.taker().delete_stray(f"{ENDED}.far")
    assert place.asked == [DeleteLeg(leg=f"{ENDED}.far")]


async def test_without_an_engine_nothing_is_said_of_legs(place: Place) -> None:
    place.call(CALL)
    place.lost = True
    seen = await place.taker().take()
    assert seen.legs is None
    assert set(seen.tenants[OURS].dialogs) == {CALL}


async def test_an_engine_that_answers_slowly_is_asked_seldom(place: Place) -> None:
    taker = place.taker()
    place.answer_seconds = 0.1
    assert (await taker.take()).legs is not None
    place.now += 0.1 * QUIET_SHARE - 0.01
    assert (await taker.take()).legs is None
    place.now += 0.02
    assert (await taker.take()).legs is not None
    assert place.asked == [TakeSnapshot()] * 2


async def test_many_calls_are_all_told(place: Place) -> None:
    names = [CallId(UUID(int=0x10000 + number)) for number in range(2 * AT_ONCE + 1)]
    for name in names:
        place.call(name)
    assert set(await dialogs(place)) == set(names)

"""Which way is tried next: numbers that a 3xx named, then other trunks."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import msgspec
import pytest

from gateway.app.dialing import NO_ROOM, Dialing
from gateway.app.sessions import SipLink
from gateway.sip.events import InviteFailed
from gateway.sip.flow import Flow, HostPort, Target
from gateway.sip.headers import Headers
from gateway.sip.message import Response
from gateway.trunks.attempt import Attempt
from gateway.trunks.book import TrunkBook
from gateway.trunks.ports import TrunkDirectory
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.contracts.trunks import FailOver, RedirectPolicy, TrunkLimits, TrunkOptions
from kernel.primitives.ids import CallId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber

US = TenantId(UUID(int=9))
LONDON, BERLIN, PARIS = "+442071838750", "+493012345678", "+33142685300"


class Directory:
    """Two trunks of one tenant; the first one follows."""

    def __init__(self, options: TrunkOptions) -> None:
        fields: dict[str, Any] = {"tenant": US, "name": "a", "sources": (), "port": 5060, "transport": "udp"}
        first = TrunkConfig(trunk=TrunkId(UUID(int=1)), host="192.0.2.1", options=options, **fields)
        spare = msgspec.structs.replace(
            first, trunk=TrunkId(UUID(int=2)), host="192.0.2.2", options=TrunkOptions(priority=1)
        )
        self.all = [first, spare]

    async def trunks(self, tenant: TenantId | None = None) -> list[TrunkConfig]:
        return self.all

    async def dialling(self, tenant: TenantId | None = None) -> list[DiallingRules]:
        return [DiallingRules(tenant=US)]


class Line:
    """A call that is dialled; `sent` are its INVITEs."""

    def __init__(self, book: TrunkBook) -> None:
        self.sent: list[str] = []
        self.tried: list[Attempt] = []
        self.told: list[Any] = []
        sessions = SimpleNamespace(drop=book.lines.release, bind=_nothing)
        sip = cast(SipLink, SimpleNamespace(book=book, sessions=sessions, driver=None, tell=self.told.append))
        attempts = book.attempts(US, PhoneNumber(LONDON), None)
        self.dialing = Dialing(attempts, CallId(UUID(int=9)), sip, self._send, "call.far")

    def _send(self, attempt: Attempt) -> str:
        self.tried.append(attempt)
        self.sent.append(attempt.target.removeprefix("sip:").removesuffix(":5060"))
        return f"session{len(self.sent)}"

    def refused(self, status: int, *contacts: str) -> str | None:
        """What is dialled after this answer."""
        headers = Headers.of([("Contact", contact) for contact in contacts])
        return self.failed(status, Response(status, "No", headers))

    def failed(self, status: int, response: Response | None = None) -> str | None:
        """The same where nobody answered."""
        way = self.dialing.next_after(InviteFailed(self.dialing.session, status, "No", response))
        if way is None:
            return None
        self.dialing.start()
        self.dialing.stop()
        return self.sent[-1]


def _nothing(_session: str, _call: CallId) -> None:
    """What a line does not need to be told."""


FLOW = Flow("TCP", HostPort("198.51.100.1", 40_000), HostPort("192.0.2.9", 5060))


async def line(redirects: RedirectPolicy = "follow", flow: Flow | None = None, **options: Any) -> Line:
    directory = cast(TrunkDirectory, Directory(TrunkOptions(redirects=redirects, **options)))
    book = TrunkBook(directory, lambda: datetime(2026, 3, 2, tzinfo=UTC), lambda: 0.0)
    await book.refresh()
    book.flow_to = lambda trunk: flow if trunk.int == 1 else None
    made = Line(book)
    made.dialing.start()
    made.dialing.stop()
    return made


async def test_each_number_is_tried_and_the_last_answer_stands() -> None:
    call = await line()
    assert call.refused(302, f"<sip:{BERLIN}@a>;q=0.1, <sip:{PARIS}@a>") == f"{PARIS}@192.0.2.1"
    assert call.refused(486) == f"{BERLIN}@192.0.2.1"
    assert call.refused(486) is None


async def test_where_a_number_leads_on_that_comes_first() -> None:
    call = await line()
    call.refused(302, f"<sip:{BERLIN}@a>, <sip:{PARIS}@a>")
    assert call.refused(302, "<sip:+442079460000@a>") == "+442079460000@192.0.2.1"
    assert call.refused(302, f"<sip:{LONDON}@a>") == f"{PARIS}@192.0.2.1"


async def test_a_6xx_speaks_for_all_numbers() -> None:
    call = await line()
    call.refused(302, f"<sip:{BERLIN}@a>, <sip:{PARIS}@a>")
    assert call.refused(603) is None


async def test_a_trunk_that_fails_at_the_last_number_gives_way_to_the_next_trunk() -> None:
    call = await line()
    call.refused(302, f"<sip:{BERLIN}@a>, <sip:{PARIS}@a>")
    assert call.refused(503) == f"{PARIS}@192.0.2.1"
    assert call.refused(503) == f"{LONDON}@192.0.2.2"
    assert call.refused(302, f"<sip:{BERLIN}@a>") is None


async def test_a_3xx_that_leads_nowhere_stands() -> None:
    call = await line()
    assert call.refused(302, "<sip:proxy.example>") is None
    refusing = await line(redirects="refuse")
    assert refusing.refused(302, f"<sip:{BERLIN}@a>") is None


async def test_numbers_that_may_not_be_dialled_are_told_once() -> None:
    call = await line()
    assert call.refused(302, "<sip:+449098790000@a>") is None
    assert [refusal.limit for refusal in call.dialing.take_refused()] == ["premium"]
    assert call.dialing.take_refused() == []


async def test_a_full_trunk_is_asked_for_no_further_number() -> None:
    call = await line(limits=TrunkLimits(calls_per_second=1))
    assert call.refused(302, f"<sip:{BERLIN}@a>, <sip:{PARIS}@a>") == f"{LONDON}@192.0.2.1"
    assert call.dialing.waiting
    assert [failure.status for failure in call.told] == [NO_ROOM]
    assert call.refused(NO_ROOM) == f"{LONDON}@192.0.2.2"


class TestFlows:
    """The first trunk's carrier keeps to a flow (RFC 5626)."""

    @pytest.mark.parametrize("status", [408, 503])
    async def test_where_the_flows_server_is_not_reached_the_trunk_is_dialled(self, status: int) -> None:
        call = await line(flow=FLOW, fail_over=FailOver(statuses=()))
        assert call.failed(status) == f"{LONDON}@192.0.2.1"
        first, second = call.tried
        assert (first.destination, first.outbound, second.outbound) == (FLOW, True, False)
        assert isinstance(second.destination, Target)
        assert second.avoid is None

    async def test_a_server_without_room_gives_way_to_the_carriers_others(self) -> None:
        call = await line(flow=FLOW, fail_over=FailOver(statuses=()))
        assert call.refused(503) == f"{LONDON}@192.0.2.1"
        assert call.tried[-1].avoid == FLOW.remote
        assert call.refused(503) is None

    async def test_after_the_trunk_comes_the_next_one(self) -> None:
        call = await line(flow=FLOW)
        call.failed(503)
        assert call.failed(503) == f"{LONDON}@192.0.2.2"

    @pytest.mark.parametrize(("status", "then"), [(486, None), (500, f"{LONDON}@192.0.2.2"), (603, None)])
    async def test_what_the_callee_or_the_carrier_says_is_said_for_all_its_servers(
        self, status: int, then: str | None
    ) -> None:
        call = await line(flow=FLOW)
        assert call.refused(status) == then

    async def test_numbers_of_a_3xx_are_called_by_the_flow_first(self) -> None:
        call = await line(flow=FLOW)
        assert call.refused(302, f"<sip:{PARIS}@a>") == f"{PARIS}@192.0.2.1"
        assert (call.tried[-1].destination, call.tried[-1].outbound) == (FLOW, True)

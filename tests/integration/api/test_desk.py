"""The desk's WebSocket over a real socket."""

import asyncio
from collections.abc import AsyncIterator, Callable
from uuid import UUID

import pytest
from api_desk import Desk, opened, served
from api_history import History
from api_server import OURS, QUICK, THEIRS, Centre, email, log_in
from msgspec.structs import replace
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from api.realtime.limits import FRAME_BYTES
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import Dial, LogIn, RequestState
from kernel.contracts.softphone import SoftphoneAnswer, SoftphoneOffer
from kernel.primitives.ids import CallId, QueueId, UserId
from routing.errors import NoSeat
from tenants.directory import Role


@pytest.fixture
async def url(centre: Centre) -> AsyncIterator[str]:
    async with served(centre) as url:
        yield url


class Floor:
    """One queue with one agent in each tenant."""

    def __init__(self, history: History, queue: str, agent: UserId) -> None:
        self.history = history
        self.queue = queue
        self.agent = agent

    async def agent_is(self, state: AgentState) -> None:
        await self.history.write(self.history.state(self.agent, state))

    async def caller_waits(self) -> CallId:
        call = self.history.new_call()
        await self.history.write(self.history.offered(call), self.history.queued(call, QueueId(UUID(self.queue))))
        return call


async def floor_of(centre: Centre, domain: str = OURS) -> Floor:
    agent = await centre.user(Role.AGENT, domain)
    queue = await centre.queue(domain, agents=[str(agent)])
    return Floor(History(centre, await centre.tenant(domain)), queue["id"], agent)


@pytest.fixture
async def floor(centre: Centre) -> Floor:
    return await floor_of(centre)


class TestSnapshotAndEvents:
    async def test_a_hello_is_answered_with_the_whole_state(self, centre: Centre, url: str, floor: Floor) -> None:
        await floor.agent_is(AgentState.AVAILABLE)
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            snapshot = await (await desk.hello()).until("snapshot")
        state = snapshot["state"]
        assert snapshot["now"] == "2026-03-02T09:00:00Z"
        assert (state["me"]["id"], state["me"]["name"], state["me"]["queues"]) == (
            str(floor.agent),
            "The agent",
            [floor.queue],
        )
        assert (state["offer"], state["call"], state["team"]) == (None, None, [])
        assert state["not_ready_reasons"] == ["break", "meal", "training", "meeting", "back_office"]
        assert state["queues"][floor.queue]["name"] == "Service"

    async def test_what_happens_arrives_as_numbered_events(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await floor.agent_is(AgentState.AVAILABLE)
            call = await floor.caller_waits()
            while desk.state["queues"][floor.queue]["waiting"] != 1:
                await desk.frame()
            assert desk.state["me"]["state"] == "available"
            assert desk.state["queues"][floor.queue]["agents_available"] == 1
            history = floor.history
            await history.write(
                history.state(floor.agent, AgentState.CONNECTED),
                history.connected(call, floor.agent, QueueId(UUID(floor.queue))),
            )
            while desk.state["call"] is None:
                await desk.frame()
            assert (desk.state["call"]["id"], desk.state["call"]["state"]) == (str(call), "connected")
            assert desk.state["call"]["queue_name"] == "Service"
            async with opened(centre, url, Role.AGENT, OURS) as second:
                await (await second.hello()).until("snapshot")
                while desk.sequence == 0:
                    await desk.frame()
                assert second.state["me"] == desk.state["me"]
                assert second.state["call"] == desk.state["call"]

    async def test_supervisors_see_all_queues_and_the_team(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.SUPERVISOR, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            assert list(desk.state["queues"]) == [floor.queue]
            await floor.agent_is(AgentState.AVAILABLE)
            while desk.state["team"][0]["state"] != "available":
                await desk.frame()
            other = await centre.queue(name="Other")
            while other["id"] not in desk.state["queues"]:
                await desk.frame()
            await (await centre.client()).delete(f"/v1/queues/{other['id']}")
            while other["id"] in desk.state["queues"]:
                await desk.frame()

    async def test_nothing_of_another_tenant_arrives(self, centre: Centre, url: str, floor: Floor) -> None:
        theirs = await floor_of(centre, THEIRS)
        async with opened(centre, url, Role.SUPERVISOR, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await theirs.agent_is(AgentState.AVAILABLE)
            await theirs.caller_waits()
            await floor.agent_is(AgentState.AVAILABLE)
            while desk.state["team"][0]["state"] != "available":
                frame = await desk.frame()
                assert str(theirs.agent) not in str(frame)
                assert theirs.queue not in str(frame)

    async def test_an_agent_put_into_a_queue_sees_it_at_once(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            second = await centre.queue(name="Second", agents=[str(floor.agent)])
            while second["id"] not in desk.state["queues"]:
                await desk.frame()
            assert set(desk.state["me"]["queues"]) == {floor.queue, second["id"]}


class TestResume:
    async def test_missed_events_are_given_again(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
        for state in (AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.AVAILABLE):
            await floor.agent_is(state)
        await centre.insight.get_call(TenantScope(await centre.tenant()), CallId(UUID(int=1)))  # all are folded
        async with opened(centre, url, Role.AGENT, OURS) as again:
            again.stream, again.sequence, again.state = desk.stream, desk.sequence, desk.state
            await again.hello(desk.stream, desk.sequence)
            while again.state["queues"][floor.queue]["agents_available"] != 1:
                assert (await again.frame())["op"] == "event"
            assert (again.state["me"]["state"], again.stream) == ("available", desk.stream)

    async def test_an_unknown_stream_begins_anew(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello("unknown", 7)).until("snapshot")
            assert (desk.sequence, desk.stream != "unknown") == (0, True)

    async def test_a_number_that_was_never_told_begins_anew(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
        async with opened(centre, url, Role.AGENT, OURS) as again:
            await (await again.hello(desk.stream, 99)).until("snapshot")


class TestOneDeskPerUser:
    async def test_a_second_desk_takes_over(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as first, opened(centre, url, Role.AGENT, OURS) as second:
            await (await first.hello()).until("snapshot")
            await (await second.hello()).until("snapshot")
            assert await first.closed() == (4409, "taken_over")
            assert centre.softphones.gone == []
            await floor.agent_is(AgentState.AVAILABLE)
            await second.until("event")

    async def test_another_page_has_to_say_that_it_takes_over(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as first, opened(centre, url, Role.AGENT, OURS) as second:
            await (await first.hello(desk="first")).until("snapshot")
            await second.hello(desk="second")
            assert await second.closed() == (4410, "desk_elsewhere")
            await first.send(op="ping")
            await first.until("pong")
        async with opened(centre, url, Role.AGENT, OURS) as first, opened(centre, url, Role.AGENT, OURS) as second:
            await (await first.hello(desk="first")).until("snapshot")
            await (await second.hello(desk="second", take_over=True)).until("snapshot")
            assert await first.closed() == (4409, "taken_over")

    async def test_a_reloaded_page_need_not_ask(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as page, opened(centre, url, Role.AGENT, OURS) as reloaded:
            await (await page.hello(desk="page")).until("snapshot")
            await (await reloaded.hello(desk="page")).until("snapshot")
            assert await page.closed() == (4409, "taken_over")

    async def test_users_do_not_disturb_each_other(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as agent, opened(centre, url, Role.SUPERVISOR, OURS) as lead:
            await (await agent.hello()).until("snapshot")
            await (await lead.hello()).until("snapshot")
            await agent.send(op="ping")
            assert (await agent.until("pong"))["now"] == "2026-03-02T09:00:00Z"


class TestIntents:
    async def test_an_intent_goes_to_routing_and_is_answered_by_its_id(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="intent", id=7, intent={"type": "request_state", "state": "available"})
            assert await desk.until("reply") == {"op": "reply", "id": 7, "ok": True}
            await desk.send(op="intent", id=8, intent={"type": "dial", "called": "+44 20 7183 8750"})
            assert (await desk.until("reply"))["ok"] is True
        (tenant, user, first), (_, _, second) = centre.routing.intents
        assert (tenant, user) == (await centre.tenant(), await centre.user(Role.AGENT))
        assert first == RequestState(state=AgentState.AVAILABLE)
        assert isinstance(second, Dial)
        assert second.called.e164 == "+442071838750"

    async def test_a_refusal_is_told_as_a_problem(self, centre: Centre, url: str) -> None:
        centre.routing.refusal = NoSeat("Ask your administrator for a seat.")
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="intent", id=1, intent={"type": "log_in"})
            reply = await desk.until("reply")
        assert (reply["ok"], reply["problem"]["code"], reply["problem"]["status"]) == (False, "no_seat", 403)
        assert isinstance(centre.routing.intents[0][2], LogIn)

    @pytest.mark.parametrize(
        "intent", [{"type": "dial", "called": "12"}, {"type": "fly"}, {}, 5, {"type": "hang_up", "call": "x"}]
    )
    async def test_an_intent_that_means_nothing_is_refused_and_the_desk_stays(
        self, centre: Centre, url: str, intent: object
    ) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="intent", id=1, intent=intent)
            assert (await desk.until("reply"))["problem"]["code"] == "invalid_input"
            await desk.send(op="ping")
            await desk.until("pong")

    async def test_an_error_of_ours_is_a_problem_too(
        self, centre: Centre, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def broken(*_: object) -> None:
            raise RuntimeError("broken")

        monkeypatch.setattr(centre.routing, "perform", broken)
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="intent", id=1, intent={"type": "log_out"})
            assert (await desk.until("reply"))["problem"]["code"] == "internal_error"


class TestSoftphone:
    async def test_messages_go_both_ways_and_the_end_is_told(self, centre: Centre, url: str) -> None:
        tenant, agent = await centre.tenant(), await centre.user(Role.AGENT)
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="softphone", message={"type": "offer", "sdp": "v=0"})
            await desk.send(op="ping")
            await desk.until("pong")
            assert centre.softphones.messages == [(tenant, agent, SoftphoneOffer(sdp="v=0"))]
            await centre.hub.push(tenant, agent, SoftphoneAnswer(leg="leg-1", sdp="v=0"))
            assert (await desk.until("softphone"))["message"] == {"type": "answer", "leg": "leg-1", "sdp": "v=0"}
        await until(lambda: centre.softphones.gone == [agent])

    async def test_a_message_for_nobody_is_dropped(self, centre: Centre) -> None:
        tenant, agent = await centre.tenant(), await centre.user(Role.AGENT)
        await centre.hub.push(tenant, agent, SoftphoneAnswer(leg="leg-1", sdp="v=0"))


class TestBadInput:
    @pytest.mark.parametrize(
        "first", ["nonsense", "{}", '{"op":"ping"}', '{"op":"fly"}', '{"op":"hello","last":"x"}', b"\x00\x01"]
    )
    async def test_a_first_frame_that_is_no_hello(self, centre: Centre, url: str, first: str | bytes) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await desk.socket.send(first)
            assert await desk.closed() == (4400, "wrong_frame")

    async def test_a_later_frame_that_is_none(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.socket.send('{"op":"softphone","message":{"type":"answer"}}')
            assert await desk.closed() == (4400, "wrong_frame")

    async def test_a_desk_that_says_nothing(self, centre: Centre, url: str) -> None:
        centre.hub.limits = replace(QUICK, hello_seconds=0.05)
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            assert await desk.closed() == (4400, "wrong_frame")

    async def test_a_frame_that_is_too_large(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await desk.send(op="softphone", message={"type": "offer", "sdp": "x" * FRAME_BYTES})
            assert await desk.closed() == (4413, "frame_too_large")

    async def test_a_desk_that_does_not_read_is_let_go(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS, max_queue=1, compression=None) as desk:
            await (await desk.hello()).until("snapshot")
            tenant, agent = await centre.tenant(), await centre.user(Role.AGENT)
            large = SoftphoneAnswer(leg="leg-1", sdp="x" * 60_000)
            async with asyncio.timeout(20):
                while agent not in centre.softphones.gone:  # more than all buffers on the way hold
                    await centre.hub.push(tenant, agent, large)
                    await asyncio.sleep(0)
            assert await desk.closed() == (4408, None)


class TestWhoMayOpenOne:
    async def test_pages_of_other_origins_may_not(self, centre: Centre, url: str) -> None:
        with pytest.raises(InvalidStatus) as refused:
            async with opened(centre, url, Role.AGENT, OURS, origin="https://evil.example"):
                pass
        assert refused.value.response.status_code == 403

    async def test_the_own_page_may(self, centre: Centre, url: str) -> None:
        origin = url.replace("ws://", "http://").removesuffix("/v1/desk")
        async with opened(centre, url, Role.AGENT, OURS, origin=origin) as desk:
            await (await desk.hello()).until("snapshot")

    async def test_without_a_session_nobody_may(self, centre: Centre, url: str) -> None:
        async with connect(url) as socket:
            assert await Desk(socket).closed() == (4401, "no_session")

    async def test_a_role_without_a_desk_may_not(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.BILLING, OURS) as desk:
            assert await desk.closed() == (4403, "forbidden")

    async def test_logging_out_closes_the_desk(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            async with centre.stranger() as other:
                await log_in(other, email(Role.AGENT, OURS))
                await other.delete("/v1/session")
            await desk.send(op="ping")
            await desk.until("pong")
            await (await centre.client(Role.AGENT)).delete("/v1/session")
            assert await desk.closed() == (4401, "no_session")

    async def test_a_session_that_ends_closes_the_desk(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            centre.clock.advance(centre.services.settings.session_seconds)
            assert await desk.closed() == (4401, "no_session")

    async def test_who_is_removed_loses_the_desk_at_once(self, centre: Centre, url: str) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            await (await centre.client()).delete(f"/v1/users/{await centre.user(Role.AGENT)}")
            assert await desk.closed() == (4401, "no_session")

    async def test_a_new_role_shows_more_without_a_new_log_in(self, centre: Centre, url: str, floor: Floor) -> None:
        async with opened(centre, url, Role.AGENT, OURS) as desk:
            await (await desk.hello()).until("snapshot")
            assert desk.state["team"] == []
            await (await centre.client()).patch(f"/v1/users/{floor.agent}", json={"roles": ["agent", "supervisor"]})
            while not desk.state["team"]:
                await desk.frame()


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not check():  # noqa: ASYNC110 (what is waited for is told to nobody)
            await asyncio.sleep(0.01)

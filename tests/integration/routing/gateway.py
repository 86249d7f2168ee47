"""The gateway's side of the contract on a real bus: it answers, greets and hangs up as it is told."""

from typing import Any

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import pack, unpack
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallsAnnounced,
    EndCall,
    PlayToCaller,
    RejectCall,
    SoftphoneChanged,
    TelephonyCommand,
    TelephonyReport,
)
from kernel.ports.bus import Bus, Subscription
from kernel.primitives.clock import Clock
from kernel.primitives.ids import CallId, EventId, Ids, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber
from tests.unit.routing.floor import CALLER, SALES_NUMBER, TRUNK

HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)


class ScriptedGateway:
    """Publishes every report `times` times; `calls` are those it holds."""

    def __init__(self, bus: Bus, tenant: TenantId, clock: Clock, ids: Ids, times: int = 1) -> None:
        self.tenant = tenant
        self.commands: list[TelephonyCommand] = []
        self.calls: set[CallId] = set()
        self._bus = bus
        self._clock = clock
        self._ids = ids
        self._times = times
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        self._subscription = await self._bus.subscribe_queue(
            f"telephony.command.{self.tenant}", "gateway", self._commanded
        )

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()

    def sent(self, kind: type[Any]) -> list[Any]:
        return [command for command in self.commands if isinstance(command, kind)]

    async def arrive(self, called: PhoneNumber = SALES_NUMBER, trunk: TrunkId = TRUNK) -> CallId:
        call = CallId(self._ids.new())
        self.calls.add(call)
        await self._report(CallArrived(**self.stamp(), call=call, trunk=trunk, called=called, caller=CALLER))
        return call

    async def hang_up(self, call: CallId, cause: EndCause = HUNG_UP) -> None:
        if call in self.calls:
            self.calls.remove(call)
            await self._report(CallReleased(**self.stamp(), call=call, cause=cause))

    async def softphone(self, agent: UserId, reachable: bool = True) -> None:
        await self._report(SoftphoneChanged(**self.stamp(), agent=agent, reachable=reachable))

    async def announce(self, *agents: UserId) -> None:
        await self._report(CallsAnnounced(**self.stamp(), calls=tuple(self.calls), agents=agents))

    def stamp(self) -> dict[str, Any]:
        return {"id": EventId(self._ids.new()), "tenant": self.tenant, "at": self._clock.now()}

    async def _report(self, report: TelephonyReport) -> None:
        for _ in range(self._times):
            await self._bus.publish(f"telephony.report.{self.tenant}", pack(report))

    async def _commanded(self, _subject: str, payload: bytes) -> None:
        command: TelephonyCommand = unpack(payload, TelephonyCommand)
        if command.id in {known.id for known in self.commands[-100:]}:
            return
        self.commands.append(command)
        if isinstance(command, AnswerCall):
            await self._report(CallEstablished(**self.stamp(), call=command.call))
        elif isinstance(command, PlayToCaller) and command.prompts:
            await self._report(CallPlayed(**self.stamp(), call=command.call, token=command.token))
        elif isinstance(command, EndCall | RejectCall):
            await self.hang_up(command.call, command.cause)

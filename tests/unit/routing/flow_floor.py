"""A floor whose number leads into a flow."""

from typing import Any
from uuid import UUID

from kernel.contracts.codec import pack, unpack
from kernel.contracts.directory import NumberRoute
from kernel.contracts.flow_events import FlowLeft
from kernel.contracts.telephony import (
    CallDigit,
    PlayToCaller,
)
from kernel.primitives.ids import CallId, NumberId, TenantId
from routing.acd.flow_book import FlowBook, TenantFlows
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import FlowWord
from routing.flows.run.words import AnyWord
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import SALES, SALES_NUMBER, Floor
from tests.unit.routing.flow_documents import FLOW, flows_of


class FlowFloor(Floor):
    def __init__(self, **changes: Any) -> None:
        numbers = (NumberRoute(number=NumberId(UUID(int=1)), called=SALES_NUMBER, queue=SALES, flow=FLOW),)
        super().__init__(1, **({"numbers": numbers} | changes))
        self.publish(flows_of())
        self.kept: dict[CallId, Standing] = {}
        self.auditor = Auditor(self.state)

    def publish(self, flows: TenantFlows) -> None:
        self.state.book = FlowBook({self.tenant: flows})

    def take(self, word: Any) -> Any:
        decision = super().take(word)
        for call, standing in decision.standings.items():
            if standing is None:
                self.kept.pop(call, None)
            else:
                self.kept[call] = unpack(pack(standing), Standing)
        self.auditor.follow(self.log)
        self.auditor.check(self.state, self.rules)
        return decision

    def entered(self) -> CallId:
        call = self.arrive()
        self.establish(call)
        return call

    def press(self, call: CallId, keys: str, tenant: TenantId | None = None) -> None:
        for key in keys:
            stamp = self.stamp_of(call) if tenant is None else self.stamp(tenant)
            self.take(CallDigit(**stamp, call=call, digit=key))

    def heard(self, call: CallId) -> None:
        self.played(call, self.sent(PlayToCaller)[-1].token)

    def answer(self, call: CallId, word: AnyWord) -> None:
        self.take(FlowWord(self.tenant, call, word))

    def turn(self, call: CallId) -> int:
        return self.kept[call].position.turn

    def node(self, call: CallId) -> str:
        return self.kept[call].position.node

    def said(self) -> list[tuple[str, ...]]:
        return [command.prompts for command in self.sent(PlayToCaller) if command.prompts]

    def endings(self) -> list[str]:
        return [event.ending for event in self.events(FlowLeft)]

"""Which transports telephones are served by."""

from typing import cast

import pytest

from gateway.app.telephony_gate import TelephonyGate
from gateway.registrar.admission import PhoneAdmission
from gateway.sip.flow import Flow, HostPort, Transport
from gateway.trunks.book import TrunkBook

CARRIER = HostPort("192.0.2.1", 5060)
STRANGER = HostPort("192.0.2.2", 5060)


class Trunks:
    def speaks(self, flow: Flow) -> bool:
        return flow.remote == CARRIER


class Phones:
    is_open = True


@pytest.mark.parametrize(
    ("transport", "remote", "known"),
    [("WSS", STRANGER, True), ("UDP", STRANGER, False), ("UDP", CARRIER, True), ("WSS", CARRIER, True)],
)
def test_strangers_are_read_only_where_telephones_are_served(
    transport: Transport, remote: HostPort, known: bool
) -> None:
    gate = TelephonyGate(cast(TrunkBook, Trunks()), cast(PhoneAdmission, Phones()), {"WSS"})
    assert gate.is_known(Flow(transport, HostPort("192.0.2.9", 5060), remote)) is known

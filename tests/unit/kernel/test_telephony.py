"""The words about parties cross the bus as they are."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import from_json, pack, to_json, unpack
from kernel.contracts.telephony import (
    AnswerTransfer,
    ConnectAgent,
    ConnectParty,
    DropParty,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    PhoneParty,
    TelephonyCommand,
    TelephonyReport,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

STAMP: dict[str, Any] = {
    "id": EventId(UUID(int=1)),
    "tenant": TenantId(UUID(int=2)),
    "at": datetime(2025, 3, 3, 9, 0, tzinfo=UTC),
}
CALL, OTHER_CALL = CallId(UUID(int=3)), CallId(UUID(int=4))
NUMBER = PhoneNumber("+442071838750")
CAUSE = EndCause(EndResult.CALLEE, EndReason.BUSY, 486, 17)
BY_TRUNK = TrunkParty(called=NUMBER, caller=NUMBER, trunk=TrunkId(UUID(int=5)))
BY_PHONE = PhoneParty(user="anna")

COMMANDS = [
    ConnectParty(**STAMP, call=CALL, party="1", to=BY_TRUNK, aside=True, ends_call=False, record=False),
    ConnectParty(**STAMP, call=CALL, party="1", to=BY_PHONE),
    JoinParty(**STAMP, call=CALL, party="1", ends_call=True),
    DropParty(**STAMP, call=CALL, party="1", cause=CAUSE),
    AnswerTransfer(**STAMP, call=CALL, leg="far", accepted=True),
    ConnectAgent(**STAMP, call=CALL, agent=UserId(UUID(int=6)), seat=BY_PHONE),
]
REPORTS = [
    PartyRinging(**STAMP, call=CALL, party="1"),
    PartyEstablished(**STAMP, call=CALL, party="1"),
    PartyReleased(**STAMP, call=CALL, party="1", cause=CAUSE),
    TransferAsked(**STAMP, call=CALL, leg="far", called=NUMBER, attended_with=OTHER_CALL),
    TransferAsked(**STAMP, call=CALL, leg="1", called=None, party="anna"),
]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_comes_out_as_it_went_in(command: TelephonyCommand) -> None:
    assert unpack(pack(command), TelephonyCommand) == command
    assert from_json(to_json(command), TelephonyCommand) == command


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_comes_out_as_it_went_in(report: TelephonyReport) -> None:
    assert unpack(pack(report), TelephonyReport) == report


def test_an_address_of_no_kind_is_refused() -> None:
    packed = pack({"kind": "connect_party", **STAMP, "call": CALL, "party": "1", "to": {"type": "pigeon"}})
    with pytest.raises(msgspec.ValidationError):
        unpack(packed, TelephonyCommand)

"""End causes to and from SIP and Q.850."""

import pytest

from gateway.calls import causes
from kernel.contracts.calls import EndCause, EndReason, EndResult


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_refuses_a_call_with_a_final_status_and_a_q850_cause(reason: EndReason) -> None:
    status, q850 = causes.codes_of(reason)
    assert 400 <= status <= 699
    assert 1 <= q850 <= 127


@pytest.mark.parametrize("status", range(300, 700))
def test_every_final_response_has_one_cause(status: int) -> None:
    cause = causes.from_failure(status)
    assert cause.sip_code == status
    assert cause.q850 is not None
    assert cause.result is not EndResult.COMPLETED


@pytest.mark.parametrize(
    ("status", "q850", "reason"),
    [
        (486, None, EndReason.BUSY),
        (600, None, EndReason.BUSY),
        (480, None, EndReason.UNREACHABLE),
        (480, 19, EndReason.NO_ANSWER),
        (480, 17, EndReason.BUSY),
        (500, 34, EndReason.OVERLOADED),
        (503, None, EndReason.OVERLOADED),
        (503, 38, EndReason.UNREACHABLE),
        (404, None, EndReason.UNKNOWN_NUMBER),
        (404, 34, EndReason.UNKNOWN_NUMBER),
        (407, None, EndReason.AUTHENTICATION_FAILED),
        (488, None, EndReason.NO_COMMON_CODEC),
        (603, None, EndReason.DECLINED),
        (487, None, EndReason.CANCELLED),
        (699, None, EndReason.DECLINED),
        (599, None, EndReason.UNREACHABLE),
        (499, None, EndReason.PROTOCOL_ERROR),
        (302, None, EndReason.PROTOCOL_ERROR),
    ],
)
def test_failures_are_told_apart(status: int, q850: int | None, reason: EndReason) -> None:
    assert causes.from_failure(status, q850).reason is reason


def test_no_response_at_all_is_not_the_callees_doing() -> None:
    cause = causes.from_failure(408, answered_by_peer=False)
    assert (cause.result, cause.reason) == (EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT)
    assert causes.from_failure(503, answered_by_peer=False).reason is EndReason.UNREACHABLE


@pytest.mark.parametrize(
    ("q850", "reason"),
    [
        (None, EndReason.HANGUP_BY_CALLER),
        (16, EndReason.HANGUP_BY_CALLER),
        (31, EndReason.HANGUP_BY_CALLER),
        (17, EndReason.HANGUP_BY_CALLER),
        (126, EndReason.HANGUP_BY_CALLER),
        (38, EndReason.UNREACHABLE),
        (102, EndReason.SIGNALLING_TIMEOUT),
    ],
)
def test_a_bye_is_a_hang_up_unless_the_network_failed(q850: int | None, reason: EndReason) -> None:
    assert causes.from_bye(q850).reason is reason


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), None),
        (("Q.850;cause=16",), 16),
        (('SIP ;cause=200 ;text="ok"', 'q.850 ;cause=34 ;text="No circuit"'), 34),
        (("Q.850;text=x",), None),
        (("Q.850;cause=0",), None),
        (("Q.850;cause=99999999999999",), None),
        (("Q.850;cause=abc",), None),
        (("Q.850;cause=١٦",), None),
    ],
)
def test_the_q850_cause_is_read_from_reason_headers(headers: tuple[str, ...], found: int | None) -> None:
    assert causes.q850_in(headers) == found


def test_a_cause_with_its_own_code_is_refused_with_it() -> None:
    assert causes.refusal_status(EndCause(EndResult.OURS, EndReason.DECLINED, 606)) == 606
    assert causes.refusal_status(EndCause(EndResult.OURS, EndReason.DECLINED, 200)) == 603
    assert causes.reason_header(EndCause(EndResult.OURS, EndReason.OVERLOADED)) == "Q.850;cause=42"
    assert causes.reason_header(EndCause(EndResult.OURS, EndReason.OVERLOADED, None, 47)) == "Q.850;cause=47"


@pytest.mark.parametrize(
    ("cause", "again"),
    [
        (causes.NO_MEDIA_LEFT, ["10"]),
        (EndCause(EndResult.OURS, EndReason.OVERLOADED), ["10"]),
        (EndCause(EndResult.OURS, EndReason.OVERLOADED, 486, 17), []),
        (causes.MEDIA_FAILED, []),
    ],
)
def test_a_refusal_for_want_of_room_says_when_to_come_again(cause: EndCause, again: list[str]) -> None:
    headers = causes.refusal_headers(cause)
    assert headers[0] == ("Reason", causes.reason_header(cause))
    assert [value for name, value in headers if name == "Retry-After"] == again

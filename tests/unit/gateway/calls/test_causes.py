"""End causes to and from SIP and Q.850."""

import pytest

from gateway.calls import causes, q850
from kernel.contracts.calls import EndCause, EndReason, EndResult


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_refuses_a_call_with_a_final_status_and_a_q850_cause(reason: EndReason) -> None:
    status, cause = causes.codes_of(reason)
    assert 400 <= status <= 699
    assert 1 <= cause <= 127


@pytest.mark.parametrize("status", range(300, 700))
def test_every_final_response_has_one_cause(status: int) -> None:
    cause = causes.from_failure(status)
    assert cause.sip_code == status
    assert cause.q850 is not None
    assert cause.result is not EndResult.COMPLETED


@pytest.mark.parametrize(
    ("status", "cause", "reason"),
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
def test_failures_are_told_apart(status: int, cause: int | None, reason: EndReason) -> None:
    assert causes.from_failure(status, cause).reason is reason


def test_no_response_at_all_is_not_the_callees_doing() -> None:
    cause = causes.from_failure(408, answered_by_peer=False)
    assert (cause.result, cause.reason) == (EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT)
    assert causes.from_failure(503, answered_by_peer=False).reason is EndReason.UNREACHABLE


@pytest.mark.parametrize(
    ("cause", "reason"),
    [
        (None, EndReason.HANGUP_BY_CALLER),
        (16, EndReason.HANGUP_BY_CALLER),
        (31, EndReason.HANGUP_BY_CALLER),
        (17, EndReason.HANGUP_BY_CALLER),
        (25, EndReason.UNREACHABLE),
        (126, EndReason.PROTOCOL_ERROR),
        (10, EndReason.HANGUP_BY_CALLER),
        (38, EndReason.UNREACHABLE),
        (102, EndReason.SIGNALLING_TIMEOUT),
    ],
)
def test_a_bye_is_a_hang_up_unless_the_network_failed(cause: int | None, reason: EndReason) -> None:
    assert causes.from_bye(cause).reason is reason


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        ((), None),
        (("Q.850;cause=16",), 16),
        (('SIP ;cause=200 ;text="ok"', 'q.850 ;cause=34 ;text="No circuit"'), 34),
        (("Q.850;text=x",), None),
        (('SIP;cause=200;text="done; Q.850;cause=34"',), 16),
        (("SIP;cause=486",), 17),
        (("SIP;cause=486, Q.850;cause=34",), 34),
        (("Preemption;cause=1",), None),
        (("Q.850;cause=128",), None),
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


class TestWholeTables:
    def test_every_number_of_the_network_is_a_response_and_a_reason(self) -> None:
        for cause in range(-1, 200):
            name, status, result, reason = q850.row_of(cause)
            assert name
            assert q850.status_of(cause) == status
            assert 400 <= status <= 699
            assert (result is EndResult.COMPLETED) == (reason is EndReason.HANGUP_BY_CALLER)

    def test_every_response_is_a_cause_of_the_network(self) -> None:
        assert {q850.cause_of(status) for status in range(300, 700)} <= set(q850.CAUSES)

    @pytest.mark.parametrize("status", [404, 410, 484, 486, 488, 503, 600, 603])
    def test_through_a_network_that_knows_q850_only_the_side_that_failed_stays(self, status: int) -> None:
        cause = q850.cause_of(status)
        there, back = causes.from_failure(status), causes.from_failure(q850.status_of(cause), cause)
        assert back.result is there.result

    @pytest.mark.parametrize(
        ("cause", "status"),
        [
            *(
                (1, 404),
                (2, 404),
                (3, 404),
                (17, 486),
                (18, 408),
                (19, 480),
                (20, 480),
                (22, 410),
                (26, 404),
                (27, 502),
            ),
            *((28, 484), (29, 501), (31, 480), (34, 503), (38, 503), (41, 503), (42, 503), (47, 503), (55, 403)),
            *((57, 403), (58, 503), (65, 488), (70, 488), (79, 501), (87, 403), (102, 504), (111, 500), (127, 500)),
        ],
    )
    def test_causes_as_rfc_3398_maps_them(self, cause: int, status: int) -> None:
        assert q850.status_of(cause) == status

    @pytest.mark.parametrize(
        ("status", "cause"),
        [
            *((400, 41), (401, 21), (402, 21), (403, 21), (404, 1), (405, 63), (406, 79), (407, 21), (408, 102)),
            *((410, 22), (413, 127), (414, 127), (415, 79), (416, 127), (420, 127), (421, 127), (423, 127), (480, 18)),
            *((481, 41), (482, 25), (483, 25), (484, 28), (485, 1), (486, 17), (500, 41), (501, 79), (502, 38)),
            *((503, 41), (504, 102), (505, 127), (513, 127), (600, 17), (603, 21), (604, 1)),
        ],
    )
    def test_responses_as_rfc_3398_maps_them(self, status: int, cause: int) -> None:
        assert q850.cause_of(status) == cause
        assert causes.from_failure(status).q850 == cause

    @pytest.mark.parametrize("reason", EndReason)
    def test_a_reason_of_ours_is_understood_at_the_other_side(self, reason: EndReason) -> None:
        """Two gateways in a row: what one refuses for a reason, the other reads as no success and no hang-up."""
        status, cause = causes.codes_of(reason)
        read = causes.from_failure(status, cause)
        assert read.result is not EndResult.COMPLETED


@pytest.mark.parametrize(
    ("headers", "cause"),
    [
        ((), 16),
        (('SIP;cause=200;text="Call completed elsewhere"',), 26),
        (("SIP;cause=603",), 21),
        (("Q.850;cause=19",), 19),
    ],
)
def test_a_cancel_says_why(headers: tuple[str, ...], cause: int) -> None:
    assert causes.from_cancel(headers) == EndCause(EndResult.CALLER, EndReason.CANCELLED, 487, cause)


def test_our_bye_says_why_in_both_languages() -> None:
    lines = causes.farewell(causes.MEDIA_FAILED)
    assert lines == (("Reason", "Q.850;cause=41"), ("Reason", 'SIP;cause=500;text="Server Internal Error"'))
    assert causes.q850_in(value for _, value in lines) == 41
    assert causes.farewell(EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)) == (("Reason", "Q.850;cause=16"),)

"""One-time codes against RFC 6238, and recovery codes."""

import base64
from datetime import UTC, datetime, timedelta
from random import Random
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.totp import (
    DRIFT,
    NEVER,
    RECOVERY_CODES,
    STEP_SECONDS,
    code_at,
    enrolment_uri,
    matching_step,
    new_recovery_codes,
    qr_svg,
    recovery_hashes,
    step_of,
)
from kernel.primitives.secret import Secret

RFC_SECRET = Secret(base64.b32encode(b"12345678901234567890").decode())  # RFC 6238 appendix B, SHA-1
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PRESENT = step_of(NOW)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [
        (59, "94287082"),
        (1_111_111_109, "07081804"),
        (1_111_111_111, "14050471"),
        (1_234_567_890, "89005924"),
        (2_000_000_000, "69279037"),
        (20_000_000_000, "65353130"),
    ],
)
def test_codes_are_those_of_rfc_6238(seconds: int, eight_digits: str) -> None:
    """The RFC prints eight digits; of six, the last ones are the same (RFC 4226 5.3)."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert code_at(RFC_SECRET, step_of(at)) == eight_digits[-6:]
    assert matching_step(RFC_SECRET, eight_digits[-6:], at, NEVER) == seconds // STEP_SECONDS


class TestMatching:
    @pytest.mark.parametrize("drift", range(-DRIFT, DRIFT + 1))
    def test_a_telephone_may_be_a_step_off(self, drift: int) -> None:
        assert matching_step(RFC_SECRET, code_at(RFC_SECRET, PRESENT + drift), NOW, NEVER) == PRESENT + drift

    @pytest.mark.parametrize("drift", [-DRIFT - 1, DRIFT + 1])
    def test_but_no_more(self, drift: int) -> None:
        assert matching_step(RFC_SECRET, code_at(RFC_SECRET, PRESENT + drift), NOW, NEVER) is None

    def test_a_used_code_and_all_before_it_are_worth_nothing(self) -> None:
        for step in (PRESENT - 1, PRESENT):
            assert matching_step(RFC_SECRET, code_at(RFC_SECRET, step), NOW, PRESENT) is None
        later = code_at(RFC_SECRET, PRESENT + 1)
        assert matching_step(RFC_SECRET, later, NOW, PRESENT) == PRESENT + 1

    def test_a_code_may_be_typed_as_it_is_shown(self) -> None:
        code = code_at(RFC_SECRET, PRESENT)
        assert matching_step(RFC_SECRET, f"{code[:3]} {code[3:]}", NOW, NEVER) == PRESENT

    @pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "\x00", "💥"])
    def test_what_is_no_code_is_wrong(self, code: str) -> None:
        assert matching_step(RFC_SECRET, code, NOW, NEVER) is None

    @given(st.lists(st.tuples(st.integers(0, 200), st.integers(-3, 3)), max_size=30))
    def test_no_code_works_twice_whatever_the_order(self, tries: list[tuple[int, int]]) -> None:
        used, last, now = list[int](), NEVER, NOW
        for seconds, drift in tries:
            now += timedelta(seconds=seconds)
            step = matching_step(RFC_SECRET, code_at(RFC_SECRET, step_of(now) + drift), now, last)
            if step is not None:
                last = step
                used.append(step)
        assert used == sorted(set(used))


class TestEnrolment:
    def test_the_uri_says_all_that_an_authenticator_needs(self) -> None:
        uri = urlsplit(enrolment_uri(RFC_SECRET, "dana@example.org"))
        assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
        assert uri.path == "/Cordboard:dana%40example.org"
        assert parse_qs(uri.query) == {"secret": [RFC_SECRET.reveal()], "issuer": ["Cordboard"]}

    def test_the_picture_is_svg_without_scripts_or_styles(self) -> None:
        picture = ElementTree.fromstring(qr_svg("otpauth://totp/x"))
        assert picture.tag.endswith("svg")
        assert {element.tag.rpartition("}")[2] for element in picture.iter()} <= {"svg", "path", "g", "rect"}
        assert not any("style" in element.attrib for element in picture.iter())


class TestRecoveryCodes:
    def test_there_are_ten_different_ones(self) -> None:
        codes = new_recovery_codes(Random(1).choice)
        assert len(set(codes)) == RECOVERY_CODES

    def test_they_may_be_copied_carelessly_from_paper(self) -> None:
        (code,) = new_recovery_codes(Random(1).choice)[:1]
        spellings = [code, code.upper(), code.replace("-", ""), f" {code.replace('-', ' - ')} "]
        assert len(set(recovery_hashes(spellings))) == 1

    def test_another_code_is_another(self) -> None:
        codes = new_recovery_codes(Random(1).choice)
        assert len(set(recovery_hashes(codes))) == RECOVERY_CODES

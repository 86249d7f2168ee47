"""SRTP keys in offers and answers (RFC 4568): read, chosen, kept, refused, never shown."""

import base64
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sdp.crypto import SUITES, CryptoAttribute, Protection, SrtpPolicy, Suite
from gateway.sdp.description import SessionDescription
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import LocalMedia, Negotiated
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState

KEY = base64.b64encode(bytes(range(30))).decode()
OTHER_KEY = base64.b64encode(bytes(range(40, 70))).decode()
CM_80 = f"AES_CM_128_HMAC_SHA1_80 inline:{KEY}"


def numbers() -> Callable[[int], bytes]:
    counter = count(1)
    return lambda size: bytes([next(counter)]) * size


def side(policy: SrtpPolicy = "optional", number: int = 1) -> OfferAnswer:
    media = LocalMedia(host=f"192.0.2.{number}", port=number * 10_000)
    return OfferAnswer(media, OfferAnswerState(session_id=number), ("PCMU", "PCMA"), Protection(policy, numbers()))


def offer(*crypto: str, protocol: str = "RTP/SAVP", version: int = 1) -> bytes:
    lines = ["v=0", f"o=- 9 {version} IN IP4 198.51.100.7", "s=-", "c=IN IP4 198.51.100.7", "t=0 0"]
    lines += [f"m=audio 4000 {protocol} 8 0", *(f"a=crypto:{line}" for line in crypto), ""]
    return "\r\n".join(lines).encode()


def answered(ours: OfferAnswer, body: bytes) -> tuple[SessionDescription, Negotiated]:
    ours.receive_offer(body)
    answer = SessionDescription.parse(ours.make_answer())
    assert ours.negotiated is not None
    return answer, ours.negotiated


class TestAttribute:
    @pytest.mark.parametrize("suite", SUITES)
    def test_written_and_read(self, suite: Suite) -> None:
        crypto = Protection("required", numbers()).fresh(suite, 3)
        assert CryptoAttribute.parse(str(crypto)) == crypto

    @pytest.mark.parametrize(
        "text",
        [
            f"1 {CM_80}|2^20",
            f"1 {CM_80}|2^20 WSH=64",
            f"1 {CM_80} -SOMETHING=new",
            f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY.rstrip('=')}",
        ],
    )
    def test_what_changes_no_packet_is_accepted(self, text: str) -> None:
        assert CryptoAttribute.parse(text) is not None

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "1",
            f"x {CM_80}",
            f"1 F8_128_HMAC_SHA1_80 inline:{KEY}",
            f"1 AES_CM_128_HMAC_SHA1_80 url:{KEY}",
            f"1 AES_CM_128_HMAC_SHA1_80 inline:{KEY[:-4]}",
            "1 AES_CM_128_HMAC_SHA1_80 inline:!!!!",
            f"1 {CM_80}|2^20|1:4",
            f"1 {CM_80};inline:{OTHER_KEY}",
            f"1 {CM_80} UNENCRYPTED_SRTP",
            f"1 {CM_80} UNENCRYPTED_SRTCP",
            f"1 {CM_80} UNAUTHENTICATED_SRTP",
            f"1 {CM_80} KDR=3",
            f"1 {CM_80} UNKNOWN=1",
        ],
    )
    def test_what_we_cannot_do_is_passed_over(self, text: str) -> None:
        assert CryptoAttribute.parse(text) is None

    @given(st.text(max_size=120))
    def test_any_text_is_read_or_passed_over(self, text: str) -> None:
        CryptoAttribute.parse(text)

    def test_keys_are_never_shown(self) -> None:
        ours = side()
        _, negotiated = answered(ours, offer(f"1 {CM_80}"))
        shown = f"{negotiated!r} {ours.state!r} {CryptoAttribute.parse(f'1 {CM_80}')!r}"
        assert KEY not in shown
        assert "x00" not in shown


class TestAnswer:
    def test_the_first_usable_key_of_the_offer_is_taken(self) -> None:
        lines = (f"1 F8_128_HMAC_SHA1_80 inline:{KEY}", f"4 AES_CM_128_HMAC_SHA1_32 inline:{OTHER_KEY}", f"5 {CM_80}")
        answer, negotiated = answered(side(), offer(*lines))
        assert negotiated.keys is not None
        assert (negotiated.keys.suite, negotiated.keys.remote) == ("AES_CM_128_HMAC_SHA1_32", bytes(range(40, 70)))
        assert answer.media[0].protocol == "RTP/SAVP"
        said = answer.media[0].get_all("crypto")
        assert [CryptoAttribute.parse(text) for text in said] == [negotiated.keys.own]
        assert said[0].startswith("4 ")

    @pytest.mark.parametrize(
        ("policy", "protocol", "crypto", "secured"),
        [
            ("optional", "RTP/SAVP", True, True),
            ("optional", "RTP/SAVPF", True, True),
            ("optional", "RTP/AVP", True, True),
            ("optional", "RTP/AVP", False, False),
            ("optional", "RTP/SAVP", False, None),
            ("never", "RTP/SAVP", True, None),
            ("never", "RTP/AVP", True, False),
            ("required", "RTP/SAVP", True, True),
            ("required", "RTP/AVP", True, True),
            ("required", "RTP/AVP", False, None),
        ],
    )
    def test_policies(self, policy: SrtpPolicy, protocol: str, crypto: bool, secured: bool | None) -> None:
        body = offer(*([f"1 {CM_80}"] if crypto else []), protocol=protocol)
        if secured is None:
            with pytest.raises(SdpError) as caught:
                side(policy).receive_offer(body)
            assert caught.value.status == 488
        else:
            answer, negotiated = answered(side(policy), body)
            assert (negotiated.keys is not None) == secured
            assert answer.media[0].protocol == protocol
            assert bool(answer.media[0].get_all("crypto")) == secured

    def test_our_key_stays_while_theirs_changes(self) -> None:
        ours = side()
        _, first = answered(ours, offer(f"1 {CM_80}"))
        _, second = answered(ours, offer(f"1 AES_CM_128_HMAC_SHA1_80 inline:{OTHER_KEY}", version=2))
        assert first.keys is not None
        assert second.keys is not None
        assert first.keys.local == second.keys.local
        assert first.keys.remote != second.keys.remote

    @pytest.mark.parametrize("policy", ["never", "optional", "required"])
    def test_a_secured_stream_does_not_fall_back_to_clear(self, policy: SrtpPolicy) -> None:
        ours = side()
        answered(ours, offer(f"1 {CM_80}"))
        again = OfferAnswer(LocalMedia(host="192.0.2.1", port=10_000), ours.state, protection=Protection(policy))
        with pytest.raises(SdpError) as caught:
            again.receive_offer(offer(protocol="RTP/AVP", version=2))
        assert caught.value.status == 488


class TestOffer:
    @pytest.mark.parametrize(("policy", "secured"), [("never", False), ("optional", False), ("required", True)])
    def test_only_the_strict_policy_offers_keys(self, policy: SrtpPolicy, secured: bool) -> None:
        media = SessionDescription.parse(side(policy).make_offer()).media[0]
        assert media.protocol == ("RTP/SAVP" if secured else "RTP/AVP")
        keys = [CryptoAttribute.parse(text) for text in media.get_all("crypto")]
        assert [key.suite for key in keys if key] == (list(SUITES) if secured else [])
        assert len({key.material for key in keys if key}) == len(keys)

    def test_both_sides_have_the_same_keys_the_other_way_round(self) -> None:
        ours, theirs = side("required"), side("optional", 2)
        theirs.receive_offer(ours.make_offer())
        one = ours.receive_answer(theirs.make_answer()).keys
        two = theirs.negotiated.keys if theirs.negotiated else None
        assert one is not None
        assert two is not None
        assert (one.suite, one.local, one.remote) == (two.suite, two.remote, two.local)

    def test_a_later_offer_says_the_agreed_key_again(self) -> None:
        ours, theirs = side("required"), side("optional", 2)
        theirs.receive_offer(ours.make_offer())
        agreed = ours.receive_answer(theirs.make_answer()).keys
        again = SessionDescription.parse(ours.make_offer("sendonly")).media[0]
        assert agreed is not None
        assert again.get_all("crypto") == [str(agreed.own)]
        assert again.protocol == "RTP/SAVP"

    @pytest.mark.parametrize("crypto", [(), (f"9 {CM_80}",), (f"1 {CM_80}",)])
    def test_an_answer_without_a_key_of_ours_is_refused(self, crypto: tuple[str, ...]) -> None:
        ours = side("required")
        ours.make_offer()
        with pytest.raises(SdpError) as caught:
            ours.receive_answer(offer(*crypto))
        assert caught.value.status == 488

"""Offer/answer: every position and move, hold in all dialects, versions, codecs, rejected lines (RFC 3264)."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.sdp.description import SessionDescription
from gateway.sdp.direction import DIRECTIONS, Direction, restrict, reverse
from gateway.sdp.errors import SdpError
from gateway.sdp.negotiation import AgreedPayload, LocalMedia, MediaAddress, Negotiated
from gateway.sdp.offer_answer import MOVES, Move, OfferAnswer, OfferAnswerState, Position

PCMU, PCMA, EVENT = (AgreedPayload(0, "PCMU"), AgreedPayload(8, "PCMA"), AgreedPayload(101, "telephone-event"))


def side(number: int = 1, codecs: tuple[str, ...] = ("PCMU", "PCMA")) -> OfferAnswer:
    media = LocalMedia(host=f"192.0.2.{number}", port=number * 10_000, rtcp_port=number * 10_000 + 1)
    return OfferAnswer(media, OfferAnswerState(session_id=number), codecs)


def agreed() -> tuple[OfferAnswer, OfferAnswer]:
    ours, theirs = side(1), side(2)
    theirs.receive_offer(ours.make_offer())
    ours.receive_answer(theirs.make_answer())
    return ours, theirs


def offer(
    *lines: str,
    audio: str = "m=audio 4000 RTP/AVP 8 0 101",
    connection: str = "c=IN IP4 198.51.100.7",
    version: int = 1,
) -> bytes:
    head = ["v=0", f"o=- 9 {version} IN IP4 198.51.100.7", "s=-", connection, "t=0 0", audio]
    return "\r\n".join([*head, "a=rtpmap:101 telephone-event/8000", *lines, ""]).encode()


def answer_to(body: bytes, wanted: Direction = "sendrecv") -> tuple[SessionDescription, Negotiated]:
    ours = side()
    ours.receive_offer(body)
    answer = SessionDescription.parse(ours.make_answer(wanted))
    assert ours.negotiated is not None
    return answer, ours.negotiated


class TestMachine:
    @pytest.mark.parametrize("position", list(Position))
    @pytest.mark.parametrize("move", list(Move))
    def test_every_position_and_move(self, position: Position, move: Move) -> None:
        ours, theirs = agreed()
        if position is Position.LOCAL_OFFER:
            theirs.receive_offer(ours.make_offer())
        elif position is Position.REMOTE_OFFER:
            ours.receive_offer(theirs.make_offer())
        body = theirs.make_answer() if position is Position.LOCAL_OFFER else offer()
        verbs = {
            Move.SEND_OFFER: ours.make_offer,
            Move.RECEIVE_OFFER: lambda: ours.receive_offer(offer()),
            Move.SEND_ANSWER: ours.make_answer,
            Move.RECEIVE_ANSWER: lambda: ours.receive_answer(body),
            Move.ROLL_BACK: ours.roll_back,
        }
        expected = MOVES.get((position, move))
        if expected is None:
            before = msgspec.json.encode(ours.state)
            with pytest.raises(SdpError) as caught:
                verbs[move]()
            assert caught.value.status == 491
            assert msgspec.json.encode(ours.state) == before
        else:
            verbs[move]()
            assert ours.state.position is expected

    def test_a_refused_offer_changes_nothing(self) -> None:
        ours, _ = agreed()
        before = ours.negotiated
        ours.make_offer("sendonly")
        ours.roll_back()
        assert ours.negotiated == before
        assert ours.state.position is Position.STABLE

    def test_an_answer_that_we_cannot_use_leaves_the_offer_open(self) -> None:
        ours = side()
        ours.make_offer()
        with pytest.raises(SdpError):
            ours.receive_answer(offer(audio="m=audio 0 RTP/AVP 8"))
        assert ours.state.position is Position.LOCAL_OFFER

    def test_another_process_goes_on(self) -> None:
        ours, theirs = agreed()
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode(ours.state), type=OfferAnswerState)
        again = OfferAnswer(LocalMedia(host="192.0.2.1", port=10_000, rtcp_port=10_001), saved)
        theirs.receive_offer(again.make_offer("sendonly"))
        again.receive_answer(theirs.make_answer())
        assert SessionDescription.parse(again.state.local).origin.version == "2"
        assert theirs.negotiated is not None
        assert theirs.negotiated.direction == "recvonly"


class TestOutcome:
    def test_both_sides_see_the_same(self) -> None:
        ours, theirs = agreed()
        assert ours.negotiated is not None
        assert theirs.negotiated is not None
        assert ours.negotiated.payloads == theirs.negotiated.payloads == (PCMU, EVENT)
        assert ours.negotiated.remote == MediaAddress("192.0.2.2", 20_000)
        assert theirs.negotiated.remote == MediaAddress("192.0.2.1", 10_000)
        assert ours.negotiated.telephone_event == 101
        assert ours.negotiated.rtcp_mux

    def test_the_answerer_takes_the_first_codec_of_the_offer(self) -> None:
        _, negotiated = answer_to(offer())
        assert negotiated.payloads == (PCMA, EVENT)

    def test_only_allowed_codecs_are_used(self) -> None:
        ours, theirs = side(1, ("PCMA",)), side(2)
        body = ours.make_offer()
        assert b"PCMU" not in body
        theirs.receive_offer(body)
        assert ours.receive_answer(theirs.make_answer()).payloads == (PCMA, EVENT)

    def test_an_answer_with_a_number_of_its_own_for_events(self) -> None:
        ours = side()
        ours.make_offer()
        body = offer(audio="m=audio 4000 RTP/AVP 8 96").replace(b"rtpmap:101", b"rtpmap:96")
        assert ours.receive_answer(body).payloads == (PCMA, AgreedPayload(96, "telephone-event"))

    def test_a_later_offer_keeps_the_number_of_the_events(self) -> None:
        ours = side()
        ours.receive_offer(offer(audio="m=audio 4000 RTP/AVP 8 96").replace(b"rtpmap:101", b"rtpmap:96"))
        ours.make_answer()
        assert b"a=rtpmap:96 telephone-event/8000" in ours.make_offer()

    def test_the_codec_in_use_stays_when_it_is_offered_again(self) -> None:
        ours = side()
        ours.receive_offer(offer(audio="m=audio 4000 RTP/AVP 0 8"))
        ours.make_answer()
        ours.receive_offer(offer(audio="m=audio 4000 RTP/AVP 8 0", version=2))
        ours.make_answer()
        assert ours.negotiated is not None
        assert ours.negotiated.payloads[0] == PCMU

    @pytest.mark.parametrize(
        "body",
        [
            offer(audio="m=audio 4000 RTP/AVP 18 101"),
            offer(audio="m=audio 0 RTP/AVP 8"),
            offer(audio="m=audio 4000 RTP/SAVP 8"),
            offer(audio="m=video 4000 RTP/AVP 96"),
            offer(connection="c=IN IP4 media.example"),
        ],
    )
    def test_nothing_in_common_is_488(self, body: bytes) -> None:
        with pytest.raises(SdpError) as caught:
            side().receive_offer(body)
        assert caught.value.status == 488

    def test_other_media_lines_are_rejected_in_their_place(self) -> None:
        body = offer("m=video 5000 RTP/AVP 31", "m=audio 6000 RTP/AVP 0", audio="m=image 4000 udptl t38")
        answer, negotiated = answer_to(body)
        assert [(media.kind, media.port) for media in answer.media] == [("image", 0), ("video", 0), ("audio", 10_000)]
        assert negotiated.remote == MediaAddress("198.51.100.7", 6000)

    def test_rejected_lines_stay_in_later_offers(self) -> None:
        ours = side()
        ours.receive_offer(offer("m=video 5000 RTP/AVP 31"))
        ours.make_answer()
        again = SessionDescription.parse(ours.make_offer())
        assert [(media.kind, media.port) for media in again.media] == [("audio", 10_000), ("video", 0)]

    def test_an_answer_with_another_number_of_lines_is_refused(self) -> None:
        ours = side()
        ours.make_offer()
        with pytest.raises(SdpError) as caught:
            ours.receive_answer(offer("m=video 5000 RTP/AVP 31"))
        assert caught.value.status == 488

    @pytest.mark.parametrize(
        ("lines", "mux", "rtcp"),
        [
            ((), False, MediaAddress("198.51.100.7", 4001)),
            (("a=rtcp:4444",), False, MediaAddress("198.51.100.7", 4444)),
            (("a=rtcp:4444 IN IP4 198.51.100.8",), False, MediaAddress("198.51.100.8", 4444)),
            (("a=rtcp:x",), False, MediaAddress("198.51.100.7", 4001)),
            (("a=rtcp-mux",), True, MediaAddress("198.51.100.7", 4000)),
        ],
    )
    def test_where_rtcp_goes(self, lines: tuple[str, ...], mux: bool, rtcp: MediaAddress) -> None:
        answer, negotiated = answer_to(offer(*lines))
        assert (negotiated.rtcp_mux, negotiated.remote_rtcp) == (mux, rtcp)
        assert ("rtcp-mux", None) in answer.media[0].attributes if mux else True

    @pytest.mark.parametrize(("line", "ptime"), [("a=ptime:30", 30), ("a=ptime:x", 20), ("a=ptime:999", 20), ("", 20)])
    def test_packet_time(self, line: str, ptime: int) -> None:
        assert answer_to(offer(line) if line else offer())[1].ptime_ms == ptime

    def test_session_level_direction_and_media_level_address(self) -> None:
        body = offer("c=IN IP6 2001:db8::7").replace(b"t=0 0\r\n", b"t=0 0\r\na=sendonly\r\n")
        answer, negotiated = answer_to(body)
        assert negotiated.direction == "recvonly"
        assert negotiated.remote == MediaAddress("2001:db8::7", 4000)
        assert answer.direction_of(answer.media[0]) == "recvonly"


class TestHold:
    @pytest.mark.parametrize(
        ("lines", "connection", "answered"),
        [
            (("a=sendonly",), "c=IN IP4 198.51.100.7", "recvonly"),
            (("a=inactive",), "c=IN IP4 198.51.100.7", "inactive"),
            (("a=recvonly",), "c=IN IP4 198.51.100.7", "sendonly"),
            (("a=sendrecv",), "c=IN IP4 198.51.100.7", "sendrecv"),
            ((), "c=IN IP4 0.0.0.0", "recvonly"),
            (("a=sendonly",), "c=IN IP4 0.0.0.0", "recvonly"),
            (("a=inactive",), "c=IN IP4 0.0.0.0", "inactive"),
            ((), "c=IN IP6 ::", "recvonly"),
        ],
    )
    def test_dialects(self, lines: tuple[str, ...], connection: str, answered: Direction) -> None:
        answer, negotiated = answer_to(offer(*lines, connection=connection))
        assert negotiated.direction == answered
        assert answer.direction_of(answer.media[0]) == answered
        assert negotiated.held_by_peer == (answered in ("recvonly", "inactive"))
        assert (negotiated.remote is None) == ("0.0.0.0" in connection or "::" in connection)

    @pytest.mark.parametrize("wanted", DIRECTIONS)
    @pytest.mark.parametrize("offered", DIRECTIONS)
    def test_an_answer_never_does_more_than_the_offer_allows(self, wanted: Direction, offered: Direction) -> None:
        _, negotiated = answer_to(offer(f"a={offered}"), wanted)
        assert negotiated.direction == restrict(wanted, reverse(offered))

    def test_each_answer_is_new(self) -> None:
        ours = side()
        seen: list[Direction] = []
        for version, direction in enumerate(("sendrecv", "sendonly", "sendrecv", "inactive", "sendrecv")):
            ours.receive_offer(offer(f"a={direction}", version=version))
            answer = SessionDescription.parse(ours.make_answer())
            seen.append(answer.direction_of(answer.media[0]))
        assert seen == ["sendrecv", "recvonly", "sendrecv", "inactive", "sendrecv"]

    def test_we_hold_and_the_peer_resumes_its_side(self) -> None:
        ours, theirs = agreed()
        theirs.receive_offer(ours.make_offer("sendonly"))
        assert ours.receive_answer(theirs.make_answer()).direction == "sendonly"
        ours.receive_offer(theirs.make_offer("sendrecv"))
        ours.make_answer("sendonly")
        assert ours.negotiated is not None
        assert ours.negotiated.direction == "sendonly"


class TestVersions:
    def test_the_version_grows_with_changes_only(self) -> None:
        ours = side()
        versions: list[str] = []
        for direction in ("sendrecv", "sendrecv", "sendonly", "sendonly", "sendrecv"):
            ours.receive_offer(offer(f"a={direction}"))
            versions.append(SessionDescription.parse(ours.make_answer()).origin.version)
        assert versions == ["1", "1", "2", "2", "3"]

    def test_a_refused_offer_uses_its_version_up(self) -> None:
        ours, _ = agreed()
        first = SessionDescription.parse(ours.make_offer("sendonly")).origin.version
        ours.roll_back()
        second = SessionDescription.parse(ours.make_offer("inactive")).origin.version
        assert (first, second) == ("2", "3")


@settings(max_examples=200)
@given(
    st.lists(
        st.tuples(st.booleans(), st.sampled_from(DIRECTIONS), st.sampled_from(DIRECTIONS), st.booleans()), max_size=8
    )
)
def test_after_any_exchange_both_agree(steps: list[tuple[bool, Direction, Direction, bool]]) -> None:
    one, two = agreed()
    for first, offered, wanted, refused in steps:
        offerer, answerer = (one, two) if first else (two, one)
        answerer.receive_offer(offerer.make_offer(offered))
        if refused:
            answerer.roll_back()
            offerer.roll_back()
        else:
            offerer.receive_answer(answerer.make_answer(wanted))
        assert offerer.negotiated is not None
        assert answerer.negotiated is not None
        assert offerer.negotiated.direction == reverse(answerer.negotiated.direction)
        assert offerer.negotiated.payloads == answerer.negotiated.payloads
        assert offerer.state.position is answerer.state.position is Position.STABLE


class TestAudioTakenAway:
    """Port 0 in an established session: some peers hold this way (RFC 3264 8.2)."""

    def test_it_is_a_hold_and_comes_back(self) -> None:
        ours = side()
        ours.receive_offer(offer())
        ours.make_answer()
        ours.receive_offer(offer(audio="m=audio 0 RTP/AVP 8 0 101", version=2))
        answer = SessionDescription.parse(ours.make_answer())
        assert [media.port for media in answer.media] == [0]
        assert ours.negotiated is not None
        assert ours.negotiated.held_by_peer
        assert ours.negotiated.remote is None
        assert ours.negotiated.payloads == (PCMA, EVENT)
        ours.receive_offer(offer(version=3))
        assert SessionDescription.parse(ours.make_answer()).media[0].port == 10_000
        assert ours.negotiated.direction == "sendrecv"

    def test_our_offer_gives_it_back_in_its_old_place(self) -> None:
        ours, theirs = agreed()
        theirs.receive_offer(ours.make_offer())
        answer = SessionDescription.parse(theirs.make_answer())
        refused = msgspec.structs.replace(answer, media=(answer.media[0].rejected(),))
        held = ours.receive_answer(bytes(refused))
        assert (held.direction, held.remote) == ("inactive", None)
        again = SessionDescription.parse(ours.make_offer())
        assert [media.port for media in again.media] == [10_000]

    @pytest.mark.parametrize("audio", ["m=audio 0 RTP/AVP 8", "m=image 4000 udptl t38"])
    def test_a_first_offer_without_audio_is_refused(self, audio: str) -> None:
        with pytest.raises(SdpError) as caught:
            side().receive_offer(offer(audio=audio))
        assert caught.value.status == 488

    def test_a_change_to_another_kind_of_media_is_refused(self) -> None:
        ours = side()
        ours.receive_offer(offer())
        ours.make_answer()
        with pytest.raises(SdpError):
            ours.receive_offer(offer(audio="m=image 4000 udptl t38", version=2))


def test_both_hold_at_once() -> None:
    ours, theirs = agreed()
    ours.receive_offer(theirs.make_offer("sendonly"))
    assert SessionDescription.parse(ours.make_answer("sendonly")).media[0].direction == "inactive"
    assert ours.negotiated is not None
    assert ours.negotiated.held_by_peer


def test_numbers_may_change_in_the_middle_of_a_call() -> None:
    ours = side(codecs=("opus", "PCMU"))
    ours.receive_offer(offer("a=rtpmap:96 opus/48000/2", audio="m=audio 4000 RTP/AVP 96 0 101"))
    ours.make_answer()
    ours.receive_offer(offer("a=rtpmap:107 opus/48000/2", audio="m=audio 4000 RTP/AVP 107 0 101", version=2))
    answer = SessionDescription.parse(ours.make_answer())
    assert answer.media[0].formats[0] == "107"
    assert ours.negotiated is not None
    assert (ours.negotiated.payloads[0].encoding, ours.negotiated.payloads[0].number) == ("opus", 107)


def test_what_nobody_knows_is_no_obstacle() -> None:
    body = offer(
        "a=group:BUNDLE a v",
        "a=x-odd:thing",
        "a=ssrc:1 cname:x",
        "a=mid:a",
        "m=video 5000 RTP/AVP 97",
        "a=rtpmap:97 H264/90000",
        "a=mid:v",
        "m=application 6000 UDP/BFCP *",
    )
    answer, _ = answer_to(body)
    assert [(media.kind, media.port) for media in answer.media] == [("audio", 10_000), ("video", 0), ("application", 0)]
    assert answer.get("group") is None

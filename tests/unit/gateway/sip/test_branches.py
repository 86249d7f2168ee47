"""Calls that fork: several early dialogs, of which the first answer wins (RFC 3261 13.2.2.4)."""

from gateway.sip.events import InviteAccepted, ProgressReceived, UpdateReceived
from gateway.sip.late_answers import MAX_BRANCHES
from tests.unit.gateway.sip.pair import CALLEE, Pair


def response(pair: Pair, status: int, tag: str, *lines: str, body: str = "") -> bytes:
    """What a branch of a forking proxy sends back for the caller's INVITE."""
    invite = next(data for _, data in pair.caller.sent if data.startswith(b"INVITE")).decode()
    head = [line for line in invite.split("\r\n") if line.startswith(("Via", "From", "Call-ID", "CSeq"))]
    to = next(line for line in invite.split("\r\n") if line.startswith("To:"))
    more = [f"{to};tag={tag}", f"Contact: <sip:{tag}@{CALLEE.host}>", "Allow: INVITE, ACK, BYE, PRACK, UPDATE", *lines]
    if body:
        more.append("Content-Type: application/sdp")
    return "\r\n".join([f"SIP/2.0 {status} X", *head, *more, f"Content-Length: {len(body)}", "", body]).encode()


def ringing(pair: Pair) -> str:
    pair.drop = lambda _data: True  # the other endpoint is no proxy
    return pair.invite()


def reliable(rseq: int) -> tuple[str, str]:
    return ("Require: 100rel", f"RSeq: {rseq}")


def requests(pair: Pair, method: bytes) -> list[str]:
    return [data.split(b" ")[1].decode() for _, data in pair.caller.sent if data.startswith(method + b" ")]


def test_each_branch_has_media_and_numbers_of_its_own() -> None:
    pair = Pair()
    ringing(pair)
    pair.inject(pair.caller, response(pair, 183, "one", *reliable(7), body="v=0 one"))
    pair.inject(pair.caller, response(pair, 183, "two", *reliable(1), body="v=0 two"))
    pair.inject(pair.caller, response(pair, 183, "one", *reliable(8), body="v=0 ignored"))
    told = [(event.branch, event.body) for event in pair.caller.of(ProgressReceived)]
    assert told == [("one", b"v=0 one"), ("two", b"v=0 two"), ("one", b"")]
    assert requests(pair, b"PRACK") == [f"sip:one@{CALLEE.host}", f"sip:two@{CALLEE.host}", f"sip:one@{CALLEE.host}"]
    numbers = [data.split(b"CSeq: ")[1].split(b"\r\n")[0] for _, data in pair.caller.sent if data.startswith(b"PRACK")]
    assert numbers == [b"2 PRACK", b"2 PRACK", b"3 PRACK"]


def test_the_first_answer_wins_and_the_others_get_ack_and_bye() -> None:
    pair = Pair()
    ringing(pair)
    for tag in ("one", "two"):
        pair.inject(pair.caller, response(pair, 183, tag, *reliable(1), body=f"v=0 {tag}"))
    pair.inject(pair.caller, response(pair, 200, "two", body="v=0 two"))
    accepted = pair.caller.only(InviteAccepted)
    assert (accepted.branch, accepted.body) == ("two", b"")
    pair.inject(pair.caller, response(pair, 200, "one", body="v=0 one"))
    pair.inject(pair.caller, response(pair, 200, "three", body="v=0 three"))
    assert len(pair.caller.of(InviteAccepted)) == 1
    assert requests(pair, b"ACK") == [f"sip:{tag}@{CALLEE.host}" for tag in ("two", "one", "three")]
    assert requests(pair, b"BYE") == [f"sip:{tag}@{CALLEE.host}" for tag in ("one", "three")]
    byes = [data for _, data in pair.caller.sent if data.startswith(b"BYE")]
    assert b"CSeq: 3 BYE" in byes[0]  # after the PRACK of that branch
    assert b"CSeq: 2 BYE" in byes[1]


def test_a_branch_changes_its_media_before_the_answer() -> None:
    pair = Pair()
    session = ringing(pair)
    for tag in ("one", "two"):
        pair.inject(pair.caller, response(pair, 183, tag, *reliable(1), body=f"v=0 {tag}"))
    ours = pair.caller.sent[0][1].decode()
    call_id, from_ = (
        next(line.partition(": ")[2] for line in ours.split("\r\n") if line.startswith(name))
        for name in ("Call-ID", "From")
    )
    update = "\r\n".join(
        [
            "UPDATE sip:cordboard@192.0.2.1:5060 SIP/2.0",
            "Via: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKupdate",
            f"From: <sip:desk@{CALLEE.host}>;tag=one",
            f"To: {from_}",
            f"Call-ID: {call_id}",
            "CSeq: 9 UPDATE",
            f"Contact: <sip:new@{CALLEE.host}>",
            "Content-Type: application/sdp",
            "Content-Length: 7",
            "",
            "v=0 new",
        ]
    )
    pair.inject(pair.caller, update.encode())
    asked = pair.caller.only(UpdateReceived)
    assert (asked.session, asked.branch, asked.body) == (session, "one", b"v=0 new")
    pair.do(lambda now: pair.caller.endpoint.answer_update(session, b"v=0 ok", now, "one"))
    assert pair.caller.sent[-1][1].startswith(b"SIP/2.0 200")
    pair.inject(pair.caller, response(pair, 200, "one"))
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    assert requests(pair, b"BYE") == [f"sip:one@{CALLEE.host}"]


def test_a_flood_of_branches_is_no_forking() -> None:
    pair = Pair()
    ringing(pair)
    for number in range(MAX_BRANCHES + 5):
        pair.inject(pair.caller, response(pair, 183, f"t{number}", *reliable(1)))
    assert len(requests(pair, b"PRACK")) == MAX_BRANCHES

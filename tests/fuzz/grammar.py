"""SIP messages made by rules like those of RFC 3261 25.1, mostly well-formed, then damaged; one seed, one message."""

import random
from collections.abc import Callable, Sequence

Chance = random.Random

STATUSES = ("200", "180", "183", "401", "407", "302", "486", "491", "100", "503", "699", "099")
METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "REGISTER", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY")
MORE_METHODS = ("MESSAGE", "SUBSCRIBE", "PUBLISH", "invite", "X-%41", "!#")
CALL_IDS = tuple(f"call{number}@fuzz" for number in range(6))
TAGS = ("1", "2", "x-Y.z", "%61", "")
TOKENS = ("a", "z9hG4bKz", "-.!%*_+`'~", "A" * 70, "0", "~")
QUOTED = ('""', '"a b"', '"\\""', '"\\\\"', '"é\udcff"', '"<sip:x>"', '"' + "q" * 90 + '"')
HOSTS = ("h", "192.0.2.1", "[2001:db8::1]", "phone.invalid", "a.b-c.example", "x_y", "[::ffff:192.0.2.1]", "1.2.3")
NUMBERS = ("0", "1", "2", "5060", "65535", "65536", "4294967295", "4294967296", "-1", "007", "9" * 40)
USERS = ("", "a@", "+442071838750@", "a;b=c@", "%00@", "a:b@", "user%2540@", "(?&=+$,;?/)@")
SCHEMES = ("sip:", "sips:", "SIP:", "tel:", "urn:x:", "http://", "im:")
BODIES = (
    b"",
    b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
    b"\0\xff",
)
TYPES = ("application/sdp", "Application/SDP ; x=y", "multipart/mixed;boundary=b", "message/sipfrag", "text/plain", "x")
PIECES = (
    b"",
    b" ",
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n ",
    b";",
    b",",
    b"<",
    b">",
    b'"',
    b"\\",
    b"\xff",
    b"\0",
    b"%",
    b":",
    b"=",
)
MORE_PIECES = (
    b"99999999999",
    b"tag=",
    b"branch=",
    b"sip:",
    b"*",
    b"SIP/2.0",
    b"@",
    b"[",
    b"]",
    b"?",
    b"\t\t\t",
    b"a" * 2000,
)
ALL_PIECES = PIECES + MORE_PIECES


def pick(chance: Chance, choices: Sequence[str]) -> str:
    """The first is the likeliest."""
    return choices[int(len(choices) * chance.random() ** 2)]


def uri(chance: Chance) -> str:
    text = pick(chance, SCHEMES) + pick(chance, USERS) + pick(chance, HOSTS)
    if chance.random() < 0.3:
        text += ":" + pick(chance, NUMBERS)
    while chance.random() < 0.3:
        text += ";" + pick(chance, ("lr", "transport=tcp", "user=phone", "maddr=224.0.0.1", "ttl=1", "x=%41"))
    if chance.random() < 0.05:
        text += "?" + pick(chance, ("Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2", "Subject=x&Priority=y"))
    return text


def params(chance: Chance) -> str:
    text = ""
    while chance.random() < 0.25:
        text += ";" + pick(chance, TOKENS)
        if chance.random() < 0.7:
            text += "=" + pick(chance, (*TOKENS, *QUOTED, *HOSTS))
    return text


def address(chance: Chance, tag: str = "") -> str:
    name = pick(chance, ("", '"A" ', "A B ", *QUOTED))
    where = uri(chance)
    text = f"{name}<{where}>" if name or chance.random() < 0.8 else where
    return text + (f";tag={tag}" if tag else "") + params(chance)


def digest(chance: Chance) -> str:
    fields = ["username", "realm", "nonce", "uri", "response", "cnonce", "opaque", "qop", "nc", "algorithm", "stale"]
    chance.shuffle(fields)
    made = (f"{name}={pick(chance, (*QUOTED, *TOKENS))}" for name in fields[: chance.randrange(1, 12)])
    return pick(chance, ("Digest ", "digest ", "Basic ", "X")) + ", ".join(made)


def replaces(chance: Chance) -> str:
    return f"{pick(chance, CALL_IDS)};to-tag={pick(chance, TAGS)};from-tag={pick(chance, TAGS)}{params(chance)}"


HEADERS: dict[str, Callable[[Chance], str]] = {
    "Contact": lambda chance: pick(chance, (address(chance), "*", f"{address(chance)}, {address(chance)}")),
    "Max-Forwards": lambda chance: pick(chance, ("70", *NUMBERS)),
    "Route": address,
    "Record-Route": lambda chance: f"{address(chance)}, {address(chance)}",
    "Require": lambda chance: pick(chance, ("100rel", "timer", "replaces", "x, y", "")),
    "Supported": lambda chance: pick(chance, ("100rel, timer", "replaces", "", ",,")),
    "Allow": lambda chance: ", ".join(METHODS[: chance.randrange(11)]),
    "Expires": lambda chance: pick(chance, NUMBERS),
    "Session-Expires": lambda chance: pick(chance, ("1800;refresher=uac", "90", *NUMBERS)) + params(chance),
    "Min-SE": lambda chance: pick(chance, NUMBERS),
    "RSeq": lambda chance: pick(chance, NUMBERS),
    "RAck": lambda chance: f"{pick(chance, NUMBERS)} {pick(chance, NUMBERS)} {pick(chance, METHODS)}",
    "Replaces": replaces,
    "Refer-To": address,
    "Referred-By": address,
    "Refer-Sub": lambda chance: pick(chance, ("false", "true", "x")),
    "Event": lambda chance: pick(chance, ("refer", "refer;id=1", "dialog", "")),
    "Subscription-State": lambda chance: pick(chance, ("active;expires=60", "terminated;reason=noresource", "x")),
    "Authorization": digest,
    "Proxy-Authorization": digest,
    "WWW-Authenticate": digest,
    "Proxy-Authenticate": digest,
    "Authentication-Info": digest,
    "Reason": lambda chance: f"Q.850;cause={pick(chance, NUMBERS)};text={pick(chance, QUOTED)}, SIP;cause=200",
    "Retry-After": lambda chance: pick(chance, (*NUMBERS, "5 (busy)")),
    "Timestamp": lambda chance: pick(chance, NUMBERS),
    "Date": lambda chance: pick(chance, ("Sat, 13 Nov 2010 23:29:00 GMT", "x", "13 GMT", "")),
    "P-Asserted-Identity": address,
    "Diversion": address,
    "History-Info": lambda chance: f"<{uri(chance)}>;index=1.1",
    "Privacy": lambda chance: pick(chance, ("id", "none", "header;id")),
    "Content-Encoding": lambda chance: pick(chance, ("identity", "gzip")),
    "Path": address,
    "X": lambda chance: pick(chance, (*QUOTED, *TOKENS)),
}
NAMES = tuple(HEADERS)
REQUIRED = ("Via", "From", "To", "Call-ID", "CSeq")


def message(chance: Chance) -> bytes:
    """One message out of nothing, damaged in half of all cases."""
    method = pick(chance, METHODS if chance.random() < 0.95 else MORE_METHODS)
    cseq = f"{pick(chance, NUMBERS)} {method if chance.random() < 0.97 else pick(chance, METHODS)}"
    branch = f"z9hG4bK{chance.randrange(12)}" if chance.random() < 0.95 else pick(chance, TOKENS)
    via = f"SIP/2.0/{pick(chance, ('UDP', 'TCP', 'WSS', 'X'))} {pick(chance, HOSTS)};branch={branch}"
    via += pick(chance, ("", ";rport", ";maddr=h", ";received=2001:db8::1"))
    lines = [
        _start(chance, method),
        f"Via: {via}",
        f"From: {address(chance, pick(chance, TAGS))}",
        f"To: {address(chance, '' if chance.random() < 0.6 else pick(chance, TAGS))}",
        f"Call-ID: {pick(chance, CALL_IDS)}",
        f"CSeq: {cseq}",
    ]
    lines += [f"{name}: {HEADERS[name](chance)}" for name in chance.sample(NAMES, chance.randrange(6))]
    body = BODIES[int(3 * chance.random() ** 2)]
    return _finish(chance, lines, body)


def _start(chance: Chance, method: str) -> str:
    if chance.random() < 0.75:
        return f"{method} {uri(chance)} SIP/2.0"
    return f"SIP/2.0 {pick(chance, STATUSES)} X"


def _finish(chance: Chance, lines: list[str], body: bytes) -> bytes:
    if body:
        lines.append(f"Content-Type: {pick(chance, TYPES)}")
    if chance.random() < 0.9:
        lines.append(f"Content-Length: {len(body)}")
    data = "\r\n".join([*lines, "", ""]).encode("utf-8", "surrogateescape") + body
    return damaged(chance, data) if chance.random() < 0.5 else data


def reply(chance: Chance, sent: bytes) -> bytes:
    """What follows on something that the endpoint sent: a response, or a request of the other side in the dialog."""
    head = sent.split(b"\r\n\r\n", 1)[0].decode("utf-8", "surrogateescape").split("\r\n")
    kept = {name: [line for line in head if line.startswith(name + ": ")] for name in REQUIRED}
    if not all(kept.values()):
        return message(chance)
    lines: list[str] = []
    if head[0].startswith("SIP/2.0"):
        method = pick(chance, ("ACK", "BYE", "INVITE", "CANCEL", "PRACK", "UPDATE", "INFO", "REFER", "NOTIFY"))
        copied = kept["CSeq"][0].split()[1:2]  # as damaged as it came
        known = int(copied[0]) if copied and copied[0].isdecimal() and copied[0].isascii() else 1
        number = known + (0 if method in ("ACK", "CANCEL") else chance.randrange(3))
        via = kept["Via"] if method == "CANCEL" else [f"Via: SIP/2.0/UDP h;branch=z9hG4bKr{chance.randrange(99)}"]
        lines = [f"{method} sip:us@192.0.2.2 SIP/2.0", *via, kept["From"][0], kept["To"][0]]
        lines += [kept["Call-ID"][0], f"CSeq: {number} {method}"]
    else:
        to = kept["To"][0] if ";tag=" in kept["To"][0] else f"{kept['To'][0]};tag={pick(chance, TAGS)}"
        lines = [
            _start(chance, "INVITE")
            if chance.random() < 0.1
            else f"SIP/2.0 {chance.choice((100, 180, 200, 401, 491, 481, 302))} X"
        ]
        lines += [*kept["Via"], kept["From"][0], to, kept["Call-ID"][0], kept["CSeq"][0]]
    lines += [f"{name}: {HEADERS[name](chance)}" for name in chance.sample(NAMES, chance.randrange(4))]
    return _finish(chance, lines, BODIES[int(3 * chance.random() ** 2)])


def damaged(chance: Chance, data: bytes) -> bytes:
    """Cut, double, swap or replace something, once or a few times."""
    for _ in range(1 + int(3 * chance.random() ** 3)):
        data = _damage(chance, data) or b"\0"
    return data


def _damage(chance: Chance, data: bytes) -> bytes:
    how = chance.randrange(6)
    if how < 3:
        lines = data.split(b"\r\n")
        here, there = chance.randrange(len(lines)), chance.randrange(len(lines))
        if how == 0:
            del lines[here]
        elif how == 1:
            lines.insert(there, lines[here])
        else:
            lines[here], lines[there] = lines[there], lines[here]
        return b"\r\n".join(lines)
    start = chance.randrange(len(data))
    if how == 3:
        return data[:start]
    if how == 4:
        place = bytearray(data)
        place[start] ^= 1 << chance.randrange(8)
        return bytes(place)
    end = min(len(data), start + chance.choice((0, 1, 4, 20)))
    return data[:start] + chance.choice(ALL_PIECES) + data[end:]

"""SIPp as a caller over SRTP: what it plays was encrypted by libsrtp, as its Debian build knows no SRTP itself."""

import base64
import os
import socket
import struct
from pathlib import Path
from typing import Any, cast

from pylibsrtp import Policy, Session

from load_tests.peers.sipp import SCENARIO, TALK_SECONDS, VOICE_HZ, Outcome, place_calls
from load_tests.peers.sound import RATE, a_law, tone

ANSWERED = """<recv response="200" rrs="true" rtd="true">
    <action><ereg regexp="RTP/SAVP 8.*a=crypto:1 {profile} inline:" search_in="body"
                  check_it="true" assign_to="keys"/></action>
  </recv>
  <Reference variables="keys"/>"""
FRAME = RATE // 50
SSRC = 0x5EC07E57
PROFILES = {
    "AES_CM_128_HMAC_SHA1_80": ("SRTP_PROFILE_AES128_CM_SHA1_80", 30),
    "AES_CM_128_HMAC_SHA1_32": ("SRTP_PROFILE_AES128_CM_SHA1_32", 30),
    "AEAD_AES_128_GCM": ("SRTP_PROFILE_AEAD_AES_128_GCM", 28),
    "AEAD_AES_256_GCM": ("SRTP_PROFILE_AEAD_AES_256_GCM", 44),
}
"""libsrtp's name, and bytes of key and salt (RFC 4568 6.2, RFC 7714 14.2)."""
CAPTURE_HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65_535, 1)  # pcap, link type Ethernet
ETHERNET = bytes(12) + b"\x08\x00"
LOOPBACK = bytes((127, 0, 0, 1))


def may_play() -> bool:
    """SIPp plays captures through a raw socket, which not everybody may open (capabilities(7), CAP_NET_RAW)."""
    try:
        socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP).close()
    except PermissionError:
        return False
    return True


def protected_voice(key: bytes, profile: str) -> list[bytes]:
    """SRTP packets of 20 ms; their sequence number wraps around on the way."""
    known = cast(Any, Policy)  # a binding without types
    policy = known(key=key, ssrc_type=known.SSRC_ANY_OUTBOUND, srtp_profile=getattr(known, PROFILES[profile][0]))
    session = Session(policy)
    sound = a_law(tone(VOICE_HZ, TALK_SECONDS))
    frames = [sound[start : start + FRAME] for start in range(0, len(sound), FRAME)]
    first = 0x10000 - len(frames) // 2
    return [
        session.protect(struct.pack(">BBHII", 0x80, 8, (first + n) & 0xFFFF, n * FRAME, SSRC) + frame)
        for n, frame in enumerate(frames)
    ]


def capture(packets: list[bytes]) -> bytes:
    """As tcpdump would have written them; SIPp puts its own addresses in."""
    records = [CAPTURE_HEADER]
    for n, packet in enumerate(packets):
        udp = struct.pack(">HHHH", 6000, 6000, 8 + len(packet), 0) + packet
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), n, 0, 64, 17, 0, LOOPBACK, LOOPBACK)
        frame = ETHERNET + ip + udp
        milliseconds = n * 20
        at = divmod(milliseconds * 1000, 1_000_000)
        records.append(struct.pack("<IIII", *at, len(frame), len(frame)) + frame)
    return b"".join(records)


def protected_scenario(profile: str, key: bytes) -> str:
    """The usual caller, who offers a key, wants one back, and plays a capture."""
    text = SCENARIO.read_text()
    for usual, protected in {
        "m=audio [rtpstream_audio_port] RTP/AVP": "m=audio [media_port] RTP/SAVP",
        "a=fmtp:101 0-15\n": f"a=fmtp:101 0-15\n      a=crypto:1 {profile} inline:{base64.b64encode(key).decode()}\n",
        '<recv response="200" rrs="true" rtd="true"/>': ANSWERED.format(profile=profile),
        'rtp_stream="tone.al,-1,8"': 'play_pcap_audio="voice.pcap"',
        '  <nop><action><exec rtp_stream="pause"/></action></nop>\n': "",
    }.items():
        assert usual in text, usual
        text = text.replace(usual, protected)
    return text


async def place_protected_call(folder: Path, sip_port: int, profile: str) -> Outcome:
    """One call, with a key of its own."""
    folder.mkdir()  # noqa: ASYNC240 (nothing else runs)
    key, scenario = os.urandom(PROFILES[profile][1]), folder / "caller.xml"
    (folder / "voice.pcap").write_bytes(capture(protected_voice(key, profile)))
    scenario.write_text(protected_scenario(profile, key))
    return await place_calls(folder, sip_port, calls=1, at_once=1, per_second=1, scenario=scenario)

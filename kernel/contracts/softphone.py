"""Browser signalling: JSON over the desk's WebSocket, between the headless softphone and the gateway."""

from typing import Literal

import msgspec

BrowserAudio = Literal["trunk", "opus"]


class SoftphoneWire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class SoftphoneOffer(SoftphoneWire, frozen=True, tag="offer"):
    """The browser's SDP offer for its nailed-up leg; replaces this agent's former leg, in the middle of a call too.

    `audio`: the codecs of the trunks, bridged without transcoding, or Opus, which bears bad networks.
    `probes`: the page answers SoftphoneProbe.
    """

    sdp: str
    audio: BrowserAudio = "trunk"
    probes: bool = False


class SoftphoneRestart(SoftphoneWire, frozen=True, tag="restart"):
    """An offer with new ICE credentials for the leg of this id: another network, same keys, same call.

    Answered by SoftphoneAnswer for the same leg, or by SoftphoneGone where it cannot be done.
    """

    leg: str
    sdp: str


class SoftphoneResume(SoftphoneWire, frozen=True, tag="resume"):
    """After a reconnected WebSocket: is the leg of this id still alive? Answered by SoftphoneReady or SoftphoneGone.

    `probes` as in SoftphoneOffer.
    """

    leg: str
    probes: bool = False


class SoftphoneMicrophone(SoftphoneWire, frozen=True, tag="microphone"):
    """Whether the page has a microphone that gives sound; one that offers has, until it says otherwise."""

    works: bool


class SoftphoneBye(SoftphoneWire, frozen=True, tag="bye"):
    pass


SoftphoneToGateway = SoftphoneOffer | SoftphoneRestart | SoftphoneResume | SoftphoneMicrophone | SoftphoneBye


class SoftphoneAnswer(SoftphoneWire, frozen=True, tag="answer"):
    leg: str
    sdp: str


class SoftphoneReady(SoftphoneWire, frozen=True, tag="ready"):
    """ICE and DTLS are up: the leg can carry sound."""

    leg: str


class SoftphoneTransmit(SoftphoneWire, frozen=True, tag="transmit"):
    """Switch the browser's sender on or off."""

    on: bool


class SoftphoneProbe(SoftphoneWire, frozen=True, tag="probe"):
    """Send silence for a moment: whether packets of the page arrive while it has no call."""


class SoftphoneGone(SoftphoneWire, frozen=True, tag="gone"):
    """The leg does not exist any more; offer anew unless `reason` is replaced or closed (others: unknown, lost)."""

    leg: str
    reason: str


class SoftphoneRefused(SoftphoneWire, frozen=True, tag="refused"):
    code: str
    message: str


SoftphoneFromGateway = (
    SoftphoneAnswer | SoftphoneReady | SoftphoneTransmit | SoftphoneProbe | SoftphoneGone | SoftphoneRefused
)

"""How the sound of one far leg travels: ports of its own for RTP, or the browsers' port with ICE and DTLS."""

from typing import Protocol

import structlog

from gateway.app.engine_line import EngineLine
from gateway.app.engine_link import attempt, attempt_all
from gateway.app.leg_ends import Setback
from gateway.app.ports import Outcome
from gateway.app.web_legs import WebLegs
from gateway.calls import causes
from gateway.calls.payloads import engine_keys, engine_payloads
from gateway.sdp.media_address import MediaAddress
from gateway.sdp.negotiation import LocalMedia, Negotiated
from gateway.sdp.payload_type import TELEPHONE_EVENT
from kernel.contracts.engine import (
    Address,
    Command,
    ConfigureLeg,
    CreateRtpLeg,
    DeleteLeg,
    EngineLost,
    EngineRefused,
    InbandDigits,
    RtpLegCreated,
    SecureLeg,
    StartDetector,
    StopDetector,
)

NO_ROOM = frozenset({"no_port_free", "limit_reached", "draining"})

log = structlog.get_logger(__name__)


class Transport(Protocol):
    """What differs between the kinds of far ends."""

    @property
    def beforehand(self) -> CreateRtpLeg | None:
        """What makes our end before it is known to be needed; None where that is not done."""
        ...

    async def open(self) -> LocalMedia:
        """Our end; EngineRefused, EngineLost."""
        ...

    async def secure(self, agreed: Negotiated) -> bool:
        """See to the keys; whether that went well so far."""
        ...

    async def close(self) -> None:
        """Before the engine's leg is deleted."""
        ...


class RtpTransport:
    """Ports of the leg's own; in clear, or with the keys of the SDP."""

    def __init__(self, engine: EngineLine, create: CreateRtpLeg) -> None:
        self._engine = engine
        self._create = create

    @property
    def beforehand(self) -> CreateRtpLeg | None:
        return self._create

    async def open(self) -> LocalMedia:
        created = await self._engine.request(self._create)
        assert isinstance(created, RtpLegCreated)
        return _ports(created)

    async def secure(self, agreed: Negotiated) -> bool:
        if agreed.keys is None:
            return True
        secure = SecureLeg(leg=self._create.leg, keys=engine_keys(agreed.keys))
        return await attempt(self._engine, secure) is not None

    async def close(self) -> None:
        pass


class BrowserTransport:
    """A browser's: its keys come by DTLS, once ICE has found the way."""

    def __init__(self, legs: WebLegs, leg: str, group: str) -> None:
        self._legs = legs
        self._leg = leg
        self._group = group

    @property
    def beforehand(self) -> CreateRtpLeg | None:
        return None

    async def open(self) -> LocalMedia:
        return await self._legs.open(self._leg, self._group)

    async def secure(self, agreed: Negotiated) -> bool:
        if agreed.web is not None:
            self._legs.shake_hands(self._leg, agreed.web)
        return True

    async def close(self) -> None:
        await self._legs.close(self._leg)


class LegMedia:
    """One leg in the engine, asked by the line of its present call.

    `expects`: our end was asked for beforehand; `expected`: it came.
    """

    def __init__(self, leg: str, engine: EngineLine) -> None:
        self._leg = leg
        self.engine = engine
        self.expects = False
        self.expected: LocalMedia | None = None
        self._listening = False

    def expect(self, transport: Transport) -> None:
        """Have our end made with what the engine is asked next; where that fails, `open` does it."""
        create = transport.beforehand
        if create is not None and not self.expects:
            self.expects = True
            self.engine.later(create, self._note_ports)

    def _note_ports(self, outcome: Outcome) -> None:
        if isinstance(outcome, RtpLegCreated):
            self.expected = _ports(outcome)

    async def open(self, transport: Transport) -> LocalMedia:
        """Setback where there is no room, or no engine."""
        try:
            return await transport.open()
        except EngineRefused as error:
            full = error.refusal.code in NO_ROOM
            log.warning("call.no_media", leg=self._leg, code=error.refusal.code)
            raise Setback(causes.NO_MEDIA_LEFT if full else causes.MEDIA_FAILED) from error
        except EngineLost as error:
            raise Setback(causes.MEDIA_FAILED) from error

    async def configure(self, transport: Transport, agreed: Negotiated) -> bool:
        """What was negotiated; False where the engine does not do it."""
        if not await transport.secure(agreed):
            return False
        configured, *_ = await attempt_all(self.engine, self._configuring(agreed))
        return configured is not None

    async def configure_later(self, transport: Transport, agreed: Negotiated) -> None:
        """The same with what the engine is asked next, for nothing depends on its outcome; keys are set before."""
        if await transport.secure(agreed):
            for command in self._configuring(agreed):
                self.engine.later(command)

    def _configuring(self, agreed: Negotiated) -> list[Command]:
        configure = ConfigureLeg(
            leg=self._leg,
            payloads=engine_payloads(agreed.payloads),
            direction=agreed.direction,
            remote=_address(agreed.remote),
            remote_rtcp=_address(agreed.remote_rtcp),
            rtcp_mux=agreed.rtcp_mux,
            remote_ufrag=agreed.web.ufrag if agreed.web is not None else "",
        )
        # A far end that sends no telephone events presses its keys in the sound; repeating changes nothing.
        listens = all(payload.encoding != TELEPHONE_EVENT for payload in agreed.payloads)
        commands: list[Command] = [configure]
        if listens:
            commands.append(StartDetector(detector=self._detector, leg=self._leg, detect=InbandDigits()))
        elif self._listening:
            commands.append(StopDetector(detector=self._detector))
        self._listening = listens
        return commands

    @property
    def _detector(self) -> str:
        return f"{self._leg}.digits"

    async def closing(self, transport: Transport) -> DeleteLeg:
        """The last command; its last figures come as LegEnded."""
        await transport.close()
        return DeleteLeg(leg=self._leg)


def _ports(created: RtpLegCreated) -> LocalMedia:
    return LocalMedia(host=created.rtp.host, port=created.rtp.port, rtcp_port=created.rtcp.port)


def _address(address: MediaAddress | None) -> Address | None:
    return None if address is None else Address(host=address.host, port=address.port)

"""Sound from one engine to the other: what is heard across is sent over a pair of RTP legs on this host.

A tie is named after its source and made by commands that may be repeated, so nothing about it needs to be remembered:
both engines know it. When nobody hears it any more, it is deleted.
"""

from ipaddress import ip_address

from kernel.contracts.engine import (
    Address,
    ConfigureLeg,
    CreateRtpLeg,
    DeleteLeg,
    EngineRefused,
    Hear,
    Hearing,
    LegSource,
    Payload,
    Refusal,
    RtpLegCreated,
    Snapshot,
    Source,
    TakeSnapshot,
)
from media.control.client import EngineClient
from media.control.residents import TIE, Residents, idle_ties

PAYLOADS = (Payload(number=8, codec="PCMA"), Payload(number=101, codec="telephone-event"))


class Ties:
    def __init__(self, current: EngineClient, former: EngineClient, residents: Residents, host: str) -> None:
        """`host` is where the engines bind RTP ports."""
        self._current = current
        self._former = former
        self._residents = residents
        wild = ip_address(host).is_unspecified
        self._host = ("::1" if ":" in host else "127.0.0.1") if wild else host

    async def hear(self, command: Hear) -> None:
        """Each hearing where its leg lives; sources that live in the other engine come over ties."""
        for here, there, is_former in ((self._former, self._current, True), (self._current, self._former, False)):
            ours = [hearing for hearing in command.hearings if (hearing.leg in self._residents.legs) is is_former]
            if ours:
                hearings = [await self._reachable(hearing, here, there, is_former) for hearing in ours]
                await here.request(Hear(hearings=tuple(hearings)))

    async def _reachable(self, hearing: Hearing, here: EngineClient, there: EngineClient, is_former: bool) -> Hearing:
        sources: list[Source] = []
        for source in hearing.sources:
            if self._residents.has(source) is is_former:
                sources.append(source)
            elif isinstance(source, LegSource):
                sources.append(await self._tie(source, here, there))
            else:
                raise EngineRefused(Refusal(code="not_found", message="a player is heard in its own engine only"))
        return Hearing(leg=hearing.leg, sources=tuple(sources))

    async def _tie(self, source: LegSource, here: EngineClient, there: EngineClient) -> LegSource:
        """A leg here that says what `source` says there."""
        name = TIE + source.leg
        create = CreateRtpLeg(leg=name, group=name, ipv6=":" in self._host)
        sending, receiving = await there.request(create), await here.request(create)
        assert isinstance(sending, RtpLegCreated)
        assert isinstance(receiving, RtpLegCreated)
        for engine, other, direction in ((there, receiving, "sendonly"), (here, sending, "recvonly")):
            await engine.request(
                ConfigureLeg(
                    leg=name,
                    payloads=PAYLOADS,
                    direction="sendonly" if direction == "sendonly" else "recvonly",
                    remote=Address(host=self._host, port=other.rtp.port),
                    remote_rtcp=Address(host=self._host, port=other.rtcp.port),
                )
            )
        await there.request(Hear(hearings=(Hearing(leg=name, sources=(source,)),)))
        return LegSource(leg=name)

    async def drop_idle(self) -> None:
        """Delete the ties that nobody hears."""
        for here, there in ((self._former, self._current), (self._current, self._former)):
            snapshot = await here.request(TakeSnapshot())
            assert isinstance(snapshot, Snapshot)
            for name in idle_ties(snapshot):
                await there.request(DeleteLeg(leg=name))
                await here.request(DeleteLeg(leg=name))

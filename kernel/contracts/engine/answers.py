"""What the engine answers to a command."""

import msgspec

from kernel.contracts.engine.values import Address, LegState, RecorderState, Statistics, Wire


class Done(Wire, frozen=True, tag="done"):
    pass


class Welcome(Wire, frozen=True, tag="welcome"):
    engine: str  # changes with every start of the engine process
    version: str
    protocol: int
    webrtc: tuple[Address, ...]  # the shared UDP port, one entry per local address to put into candidates


class Snapshot(Wire, frozen=True, tag="snapshot"):
    legs: tuple[LegState, ...]
    players: tuple[str, ...]
    recorders: tuple[RecorderState, ...]


class RtpLegCreated(Wire, frozen=True, tag="rtp_leg_created"):
    leg: str
    rtp: Address
    rtcp: Address


class WebrtcLegCreated(Wire, frozen=True, tag="webrtc_leg_created"):
    leg: str
    ufrag: str
    password: str


class LegStatistics(Wire, frozen=True, tag="leg_statistics"):
    """Answer to GetStatistics, and an event every 5 s per leg with traffic."""

    leg: str
    statistics: Statistics


class Health(Wire, frozen=True, tag="health"):
    legs: int
    players: int
    recorders: int
    rtp_ports_free: int
    packets_forwarded: int
    packets_from_strangers: int
    malformed_packets: int
    cpu_seconds: float
    resident_bytes: int
    detectors: int = 0
    workers: int = 1
    draining: bool = False


class PlayerState(Wire, frozen=True, tag="player_state"):
    player: str
    seconds: float  # played, counted over the whole list
    finished: bool


Answer = Done | Welcome | Snapshot | RtpLegCreated | WebrtcLegCreated | LegStatistics | Health | PlayerState


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was not carried out. Codes: unknown_command, malformed, not_found, conflict, no_port_free,
    limit_reached, not_negotiated, io_error, disk_full, draining, wrong_token, wrong_protocol.

    `limit` names the limit that was reached: legs, ports, players, recorders, detectors, sources.
    """

    code: str
    message: str
    limit: str = ""


class EngineRefused(Exception):
    """The engine did not carry out a command, and says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.refusal = refusal


class EngineLost(ConnectionError):
    """No connection, or it broke before the answer came: the command may have been carried out."""

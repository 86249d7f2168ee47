"""What lives in an engine that is to end: told by its snapshots, and by what is made there meanwhile."""

from dataclasses import dataclass, field

from kernel.contracts.engine import (
    Command,
    ConfigureLeg,
    CreatePlayer,
    CreateRtpLeg,
    CreateWebrtcLeg,
    DeleteLeg,
    DeletePlayer,
    GetPlayer,
    GetStatistics,
    Hearing,
    LegSource,
    PauseRecorder,
    PressDigits,
    RestartIce,
    SecureLeg,
    SendDigits,
    SendDtls,
    Snapshot,
    Source,
    StartDetector,
    StartRecorder,
    StopDetector,
    StopRecorder,
)

TIE = "tie:"  # legs of ours that carry sound between two engines


@dataclass
class Residents:
    legs: dict[str, str] = field(default_factory=dict[str, str])  # and their groups
    players: set[str] = field(default_factory=set[str])
    recorders: set[str] = field(default_factory=set[str])
    detectors: set[str] = field(default_factory=set[str])

    def update(self, snapshot: Snapshot) -> None:
        self.legs = {state.leg: state.group for state in snapshot.legs}
        self.players = set(snapshot.players)
        self.recorders |= {state.recorder for state in snapshot.recorders}  # one that ended is asked for here still

    def concerns(self, command: Command) -> bool:
        """It names something that lives here."""
        match command:
            case CreateRtpLeg() | CreateWebrtcLeg():
                return command.leg in self.legs or self.has_group(command.group)
            case CreatePlayer():
                return command.player in self.players or self.has_group(command.group)
            case GetPlayer() | DeletePlayer():
                return command.player in self.players
            case PauseRecorder() | StopRecorder():
                return command.recorder in self.recorders
            case StartRecorder():
                return command.recorder in self.recorders or command.leg in self.legs
            case StopDetector():
                return command.detector in self.detectors
            case StartDetector():
                return command.detector in self.detectors or command.leg in self.legs
            case ConfigureLeg() | SecureLeg() | RestartIce() | SendDtls() | SendDigits() | PressDigits() | DeleteLeg():
                return command.leg in self.legs
            case GetStatistics():
                return command.leg in self.legs
            case _:
                return False

    def note(self, command: Command) -> None:
        """It was carried out here."""
        match command:
            case CreateRtpLeg() | CreateWebrtcLeg():
                self.legs[command.leg] = command.group
            case DeleteLeg():
                self.legs.pop(command.leg, None)
            case CreatePlayer():
                self.players.add(command.player)
            case StartRecorder():
                self.recorders.add(command.recorder)
            case StartDetector():
                self.detectors.add(command.detector)
            case _:
                pass

    def has_group(self, group: str) -> bool:
        return group in self.legs.values()

    def has(self, source: Source) -> bool:
        return source.leg in self.legs if isinstance(source, LegSource) else source.player in self.players


def sources_of(hearings: tuple[Hearing, ...]) -> set[Source]:
    return {source for hearing in hearings for source in hearing.sources}


def idle_browsers(snapshot: Snapshot) -> list[str]:
    """Legs of browsers that nobody hears and that hear nobody: their pages may connect anew elsewhere."""
    heard = {source.leg for state in snapshot.legs for source in state.hearing if isinstance(source, LegSource)}
    return [
        state.leg
        for state in snapshot.legs
        if state.kind == "webrtc" and state.secured and not state.hearing and state.leg not in heard
    ]


def idle_ties(snapshot: Snapshot) -> list[str]:
    """Ties whose far end arrives here and that nobody hears any more."""
    heard = {source.leg for state in snapshot.legs for source in state.hearing if isinstance(source, LegSource)}
    return [
        state.leg
        for state in snapshot.legs
        if state.leg.startswith(TIE) and not state.hearing and state.leg not in heard
    ]

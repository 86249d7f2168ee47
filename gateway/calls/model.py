"""A call as plain data: the far party's leg, at most one agent, parties dialled in, and what they hear."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

import msgspec

from gateway.calls.legs import LIVE, Leg, LegState
from kernel.contracts.calls import Direction
from kernel.contracts.engine import Source
from kernel.contracts.robots import RobotPlace
from kernel.contracts.supervision import Manner
from kernel.contracts.telephony import PartyAddress
from kernel.primitives.ids import CallId, EventId, Ids, RecordingId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

FAR = "far"  # the leg that a call begins with; legs are named within their call
COMMANDS_REMEMBERED = 64  # a redelivered command comes within seconds; a call rarely gets this many in its whole life


class FarHears(StrEnum):
    NOTHING = "nothing"
    PLAYER = "player"
    OTHERS = "agent"  # whoever takes part; so named in what is saved since there were agents only


class ToneName(StrEnum):
    RING_BACK = "ring_back"
    ZIP = "zip"  # a caller is there


class Robot(msgspec.Struct, frozen=True):
    """That the far party talks with, and what it is told."""

    place: RobotPlace
    parameters: tuple[tuple[str, str], ...]

    def __repr__(self) -> str:
        return f"Robot({self.place.name})"


class Sound(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a player plays: files of the prompt store by name, what a robot says, or a tone where there are none."""

    names: tuple[str, ...] = ()
    repeat: bool = False
    tone: ToneName = ToneName.RING_BACK
    robot: Robot | None = None


RING_BACK = Sound()
ZIP = Sound(tone=ToneName.ZIP)


class Programme(msgspec.Struct, frozen=True, kw_only=True):
    """The last PlayToCaller: `prompts_player` is empty once they are over, `music_player` where there is no music.

    Or the last ConnectRobot: `robot` speaks by `prompts_player`.
    """

    token: str
    prompts: tuple[str, ...]
    music: str
    prompts_player: str
    music_player: str
    robot: Robot | None = None


class Message(msgspec.Struct, frozen=True):
    """That the far party leaves: recorded from the end of `player` on, which is empty once that has come."""

    recording: RecordingId
    player: str = ""


class Hold(msgspec.Struct, frozen=True):
    music: str
    player: str


class AgentSide(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The agent in the call; `media` is the nailed-up leg in the engine, None while the browser has none that works.

    `home` is the tenant at whose desk the agent sits; None: the call's. `seat` names the party whose telephone is used
    in place of the browser. `zip_player` is the tone that an agent hears over a line that is kept up, until it is over.
    """

    agent: UserId
    leg: Leg
    media: str | None = None
    home: TenantId | None = None
    seat: str = ""
    zip_player: str = ""


class Party(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Somebody who was dialled into the call; `name` is routing's word for it, `leg` its leg.

    `aside`: talks with the agent only. `agent`: whose seat this telephone is, of the tenant `home` (None: the call's).
    """

    name: str
    to: PartyAddress
    leg: Leg
    aside: bool = False
    ends_call: bool = True
    agent: UserId | None = None
    home: TenantId | None = None
    ringing: bool = False
    early_media: bool = False
    ring_back_player: str = ""


class Sender(NamedTuple):
    """A browser that was told to send; `home` as in AgentSide."""

    agent: UserId
    media: str
    home: TenantId | None = None


class Third(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A supervisor, or a colleague who was asked, in the call; the other fields as in AgentSide."""

    supervisor: UserId
    home: TenantId
    manner: Manner
    media: str | None = None
    seat: str = ""
    zip_player: str = ""


class Call(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Saved at each change; `hearing`, `players` and `transmitting` are what engine and browser were last told.

    `ringing`: the callee's side rings, or of an inbound call: the caller was told so. `early_media`: before the answer
    the far leg carries sound to the agent, or of an inbound call: to the caller. `parties` are told by their legs.
    """

    id: CallId
    tenant: TenantId
    trunk: TrunkId
    direction: Direction
    called: PhoneNumber
    caller: PhoneNumber | None
    far: Leg
    agent: AgentSide | None = None
    parties: dict[str, Party] = {}
    record: bool = True
    far_hears: FarHears = FarHears.NOTHING
    programme: Programme | None = None
    message: Message | None = None
    hold: Hold | None = None
    ringing: bool = False
    early_media: bool = False
    far_held: bool = False
    ring_back_player: str = ""
    players_named: int = 0
    agents_named: int = 0
    parties_named: int = 0
    players: dict[str, Sound] = {}
    hearing: dict[str, tuple[Source, ...]] = {}
    transmitting: Sender | None = None
    thirds: tuple[Third, ...] = ()
    ears: tuple[str, ...] = ()  # their legs, as the engine was last told
    thirds_transmitting: tuple[Sender, ...] = ()
    commands: tuple[EventId, ...] = ()
    detect_machine: bool = False
    line_of: UserId | None = None  # an agent of the tenant, to whose calls the far leg is joined

    @property
    def over(self) -> bool:
        """The far party's leg has ended or is ending: the call was released and nothing more can happen to it."""
        return self.far.state not in LIVE

    @property
    def gone(self) -> bool:
        """No leg is left whose signalling has still to end."""
        return self.far.state is LegState.ENDED and not self.parties

    @property
    def live_parties(self) -> list[Party]:
        return [party for party in self.parties.values() if party.leg.live]

    @property
    def senders(self) -> tuple[Sender, ...]:
        """Browsers that were told to send."""
        return self.thirds_transmitting if self.transmitting is None else (self.transmitting, *self.thirds_transmitting)

    def party_named(self, name: str) -> Party | None:
        """Who lives under routing's word."""
        return next((party for party in self.live_parties if party.name == name), None)

    def home_of(self, one: AgentSide | Sender) -> TenantId:
        return one.home or self.tenant

    def name_player(self) -> str:
        self.players_named += 1
        return f"{self.id}.{self.players_named}"

    def take(self, command: EventId) -> bool:
        """Whether the command is new; it is remembered."""
        if command in self.commands:
            return False
        self.commands = (*self.commands[1 - COMMANDS_REMEMBERED :], command)
        return True


class Moment(msgspec.Struct, frozen=True):
    """When an input is taken: the time, a source of ids for reports, and the working leg of the agent it names.

    `by_line`: that leg is a telephone's, whose line is kept up between calls.
    """

    at: datetime
    ids: Ids
    agent_media: str | None = None
    by_line: bool = False

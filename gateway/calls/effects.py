"""What the bridge asks for; the application carries effects out in order."""

import msgspec

from gateway.calls.model import FAR, Sender, Sound
from kernel.contracts.calls import EndCause
from kernel.contracts.engine import Command
from kernel.contracts.telephony import CallRinging, PartyRinging, TelephonyReport
from kernel.primitives.ids import RecordingId, UserId


class Tell(msgspec.Struct, frozen=True):
    """A report to routing, leaving with the commit of this change."""

    report: TelephonyReport


class AnswerFar(msgspec.Struct, frozen=True):
    """Give the far leg media, save, answer, record; comes back as FarAnswered or FarEnded."""


class RingFar(msgspec.Struct, frozen=True):
    """Tell a caller that it rings; with `early_media` give the far leg media first, so that it hears before the answer.

    What cannot be had comes back as FarEnded.
    """

    early_media: bool


class DialFar(msgspec.Struct, frozen=True):
    """Give the leg media, save, and call; comes back as FarProgressed, FarAnswered or FarEnded of this leg."""

    leg: str = FAR


class ArmRecorder(msgspec.Struct, frozen=True):
    """Have the recorder of the far leg ready for its answer."""


class Record(msgspec.Struct, frozen=True):
    """Record the far leg from now to its end; `another`: beside the recording of who was the far end before."""

    another: bool = False


class HoldRecorder(msgspec.Struct, frozen=True):
    """Have the recorder of the far leg write nothing, or go on."""

    paused: bool


class ArmMessage(msgspec.Struct, frozen=True):
    """Have a recorder of the far leg ready for the end of the tone."""

    recording: RecordingId


class BeginMessage(msgspec.Struct, frozen=True):
    """Record the far leg from now on, beside what records the call; MessageBegun or MessageFailed tells."""

    recording: RecordingId


class EndMessage(msgspec.Struct, frozen=True):
    """What was recorded is complete."""


class ReleaseFar(msgspec.Struct, frozen=True):
    """End the leg's media, and its signalling too unless the far side has done that."""

    cause: EndCause
    signal: bool
    leg: str = FAR


class AnswerTransfer(msgspec.Struct, frozen=True):
    """Tell the far end of the leg what becomes of its wish to transfer."""

    leg: str
    accepted: bool
    done: bool = False
    cause: EndCause | None = None


class ChangePlaces(msgspec.Struct, frozen=True):
    """The party's leg is the far leg now, and the former far leg is the party's: so are what the application holds."""

    leg: str


class StartPlayer(msgspec.Struct, frozen=True):
    player: str
    sound: Sound


class Engine(msgspec.Struct, frozen=True):
    """A command to the media engine as it stands."""

    command: Command


class Transmit(msgspec.Struct, frozen=True):
    """Switch the sender of an agent's browser."""

    sender: Sender
    on: bool


class MeasureAgent(msgspec.Struct, frozen=True):
    """The nailed-up leg enters (`joins`) or leaves the call: the difference of its figures is the call's."""

    media: str
    joins: bool


class LegClosed(msgspec.Struct, frozen=True):
    """The one end of one leg; `agent` is None for the far party and for parties dialled in."""

    leg: str
    agent: UserId | None
    cause: EndCause


Effect = (
    Tell
    | AnswerFar
    | RingFar
    | DialFar
    | ArmRecorder
    | Record
    | HoldRecorder
    | ArmMessage
    | BeginMessage
    | EndMessage
    | ReleaseFar
    | AnswerTransfer
    | ChangePlaces
    | StartPlayer
    | Engine
    | Transmit
    | MeasureAgent
    | LegClosed
)


def is_passing(effect: Effect) -> bool:
    """Whether nothing of it has to be saved: who takes a call over ends what rings, wherever that stood.

    Early media is kept, for it has ports in the engine.
    """
    if isinstance(effect, RingFar):
        return not effect.early_media
    return isinstance(effect, Tell) and isinstance(effect.report, CallRinging | PartyRinging)

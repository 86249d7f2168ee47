"""How a queue chooses, how long it lets wait, and what it says meanwhile: a tenant's settings, read-only values."""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from kernel.contracts.callbacks import CallbackFirst
from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import PhoneNumber

SKILL_NAME_LENGTH = 40  # fits on a button
HIGHEST_LEVEL = 10
CONDITIONS_OF = 32  # parts of one condition; more is a queue of its own
STEPS = 10  # a caller has given up before the tenth
OVERFLOWS = 10
MESSAGES = 20
HANDLE_SECONDS = 240.0  # until a queue's own time is measured: three minutes of talk, one of work afterwards
VIP_PRIORITY = 10
COMFORT_FIRST_SECONDS = 30.0  # the music has been heard by then
COMFORT_EVERY_SECONDS = 60.0
LANGUAGE = "en"
LANGUAGE_TAG = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$(?!\n)"  # BCP 47, as en-GB
POSITIONS_SAID = 10  # "you are number 63" makes callers hang up
KEEP_PLACE_SECONDS = 600.0  # who was cut off rings again within minutes
SHORTEST_MESSAGE_SECONDS = 2.0  # a breath and the hang-up; whoever said so little is in the list of missed calls
LONGEST_MESSAGE_SECONDS = 300.0  # who has more to say is better rung back
MESSAGE_WORK_SECONDS = 1_800.0  # to hear it, look something up and ring the caller
MESSAGE_DUE_SECONDS = 4 * 3_600.0  # half a working day

# --- skills ---

SkillName = Annotated[str, Meta(min_length=1, max_length=SKILL_NAME_LENGTH)]
Level = Annotated[int, Meta(ge=1, le=HIGHEST_LEVEL)]
Seconds = Annotated[float, Meta(ge=0, le=86_400)]


class SkillLevel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an agent can, and how well: HIGHEST_LEVEL is best."""

    skill: SkillName
    level: Level = 1


class AtLeast(
    msgspec.Struct, frozen=True, cache_hash=True, tag_field="kind", tag="at_least", forbid_unknown_fields=True
):
    """The agent has the skill, at this level or a higher one."""

    skill: SkillName
    level: Level = 1


class AllOf(msgspec.Struct, frozen=True, cache_hash=True, tag_field="kind", tag="all", forbid_unknown_fields=True):
    """Of nothing: everybody fits."""

    of: Annotated[tuple["Condition", ...], Meta(max_length=CONDITIONS_OF)] = ()


class AnyOf(msgspec.Struct, frozen=True, cache_hash=True, tag_field="kind", tag="any", forbid_unknown_fields=True):
    of: Annotated[tuple["Condition", ...], Meta(min_length=1, max_length=CONDITIONS_OF)]


class Not(msgspec.Struct, frozen=True, cache_hash=True, tag_field="kind", tag="not", forbid_unknown_fields=True):
    of: "Condition"


Condition = AtLeast | AllOf | AnyOf | Not


class Step(msgspec.Struct, frozen=True, cache_hash=True, forbid_unknown_fields=True):
    """From `after_seconds` of waiting on, who fits `accepts` is accepted too, beside those of all earlier steps."""

    accepts: Condition
    after_seconds: Seconds = 0.0


Needs = Annotated[tuple[Step, ...], Meta(max_length=STEPS)]
"""Who is accepted, wider with every step; without steps everybody who serves the queue."""

# --- who gets which call ---


class Strategy(StrEnum):
    """Which of several agents who fit is offered the call; who is equal in it is chosen by longest idle."""

    LONGEST_IDLE = "longest_idle"
    FEWEST_CALLS = "fewest_calls"  # since log-in
    ROUND_ROBIN = "round_robin"  # whose last offer of this queue is longest ago
    WEIGHTED = "weighted"  # calls in proportion to the agents' weights
    LEAST_OCCUPIED = "least_occupied"  # the smallest share of the log-in spent on calls


class Preferred(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An agent who is waited for during `hold_seconds` of waiting, and comes before all others afterwards too.

    They must serve the queue; its skills are not asked of them.
    """

    agent: UserId
    hold_seconds: Annotated[float, Meta(ge=0, le=3_600)]


class Ageing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every `every_seconds` of waiting raise the priority by one, by `limit` at most."""

    every_seconds: Annotated[float, Meta(gt=0, le=86_400)]
    limit: Annotated[int, Meta(ge=1, le=100)] = 100


class LastAgent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A caller whose last talk ended within `within_seconds` waits up to `hold_seconds` for that agent."""

    hold_seconds: Annotated[float, Meta(ge=0, le=3_600)]
    within_seconds: Annotated[float, Meta(gt=0)] = 86_400.0


class Distribution(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`needs` hold for every caller of the queue, beside what a call asks for itself."""

    strategy: Strategy = Strategy.LONGEST_IDLE
    needs: Needs = ()
    ageing: Ageing | None = None
    vip_priority: Annotated[int, Meta(ge=0, le=100)] = VIP_PRIORITY
    last_agent: LastAgent | None = None


# --- callbacks ---

CALLBACK_ATTEMPTS = 3  # the usual courtesy; more is felt as pestering
CALLBACK_ATTEMPTS_MOST = 10
CALLBACK_RING_SECONDS = 30.0  # before most mailboxes answer
CALLBACK_PATIENCE_SECONDS = 180.0  # who confirmed chose to wait; in front of the line nobody comes after that long
PLACE_EXPIRES_SECONDS = 24 * 3600.0  # who asked instead of waiting is not surprised by a call the next day, later on is
SCHEDULED_EXPIRES_SECONDS = 2 * 3600.0  # after the agreed time: later it is another appointment
CALLBACK_CALENDAR = "callbacks"


class AnsweringMachines(StrEnum):
    """The detector errs, so that by default it decides only what an attempt without the key is called."""

    IGNORE = "ignore"  # nobody listens for them
    WAIT_FOR_KEY = "wait_for_key"  # who presses the key is a person, whatever was heard
    HANG_UP = "hang_up"  # at once, also on the few persons who are taken for one


class CallbackSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a queue calls back. `first` is rung first: the agent, or the customer when an agent is about to be free; a
    customer confirms by a key, and waits in line for `patience_seconds` from the answer on at most. `pause_seconds`
    lie between attempts that the customer did not take; None: the usual times, by what came of the last one.

    A promise lapses so long after it could first be kept: `place_expires_seconds` of who asked instead of waiting,
    `scheduled_expires_seconds` of an appointment. Nobody is rung out of the hours of the tenant's calendar `calendar`;
    where there is none of this name it is always open.

    `answering_machines`: what follows when one seems to answer a customer who is rung first.
    """

    first: CallbackFirst = CallbackFirst.AGENT
    patience_seconds: Annotated[float, Meta(ge=15, le=900)] = CALLBACK_PATIENCE_SECONDS
    attempts: Annotated[int, Meta(ge=1, le=CALLBACK_ATTEMPTS_MOST)] = CALLBACK_ATTEMPTS
    ring_seconds: Annotated[float, Meta(ge=10, le=90)] = CALLBACK_RING_SECONDS
    pause_seconds: Annotated[float, Meta(ge=60, le=86_400)] | None = None
    place_expires_seconds: Annotated[float, Meta(ge=600, le=7 * 86_400)] = PLACE_EXPIRES_SECONDS
    scheduled_expires_seconds: Annotated[float, Meta(ge=600, le=7 * 86_400)] = SCHEDULED_EXPIRES_SECONDS
    calendar: Annotated[str, Meta(min_length=1, max_length=40)] = CALLBACK_CALENDAR
    answering_machines: AnsweringMachines = AnsweringMachines.WAIT_FOR_KEY


# --- how long it lets wait ---


class OverflowCause(StrEnum):
    FULL = "full"
    WAITED = "waited"
    NO_AGENTS = "no_agents"


class ToQueue(msgspec.Struct, frozen=True, tag_field="kind", tag="queue", forbid_unknown_fields=True):
    queue: QueueId


class ToFlow(msgspec.Struct, frozen=True, tag_field="kind", tag="flow", forbid_unknown_fields=True):
    flow: str


class ToVoicemail(msgspec.Struct, frozen=True, tag_field="kind", tag="voicemail", forbid_unknown_fields=True):
    """The message becomes work of the queue that the caller leaves."""


class ToCallback(msgspec.Struct, frozen=True, tag_field="kind", tag="callback", forbid_unknown_fields=True):
    """The caller is called back in their turn: the place is kept."""


class ToNumber(msgspec.Struct, frozen=True, tag_field="kind", tag="number", forbid_unknown_fields=True):
    """Outside; the tenant's limits of what may be dialled hold for it too."""

    number: PhoneNumber


Elsewhere = ToFlow | ToVoicemail | ToCallback | ToNumber
Target = ToQueue | ToFlow | ToVoicemail | ToCallback | ToNumber


class Overflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after_seconds` in this queue is the limit of `waited`; the other causes apply at once."""

    when: OverflowCause
    to: Target
    after_seconds: Seconds = 0.0


# --- what it says meanwhile ---


class Comfort(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prompts` in turn, then again from the first; a position above `positions_said` is not said.

    Position and wait are spoken in `language`, a BCP 47 tag.
    """

    prompts: Annotated[tuple[str, ...], Meta(max_length=MESSAGES)] = ()
    first_seconds: Annotated[float, Meta(ge=5, le=3_600)] = COMFORT_FIRST_SECONDS
    every_seconds: Annotated[float, Meta(ge=10, le=3_600)] = COMFORT_EVERY_SECONDS
    say_position: bool = False
    say_wait: bool = False
    positions_said: Annotated[int, Meta(ge=1, le=1_000)] = POSITIONS_SAID
    language: Annotated[str, Meta(pattern=LANGUAGE_TAG)] = LANGUAGE


# --- messages ---


class MessageRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Messages for this queue: `prompts` ask for one. A shorter one than `shortest_seconds` is none, a longer one than
    `longest_seconds` is cut off. Who has taken one has `work_seconds` for it; after `due_seconds` it is overdue.

    `offered`: agents are asked to take one when no caller waits, else they are picked from the list alone. `keep_free`
    of those who are available for the queue are not asked, so that the next callers find somebody.
    """

    prompts: Annotated[tuple[str, ...], Meta(max_length=MESSAGES)] = ("voicemail",)
    shortest_seconds: Annotated[float, Meta(ge=0, le=30)] = SHORTEST_MESSAGE_SECONDS
    longest_seconds: Annotated[float, Meta(ge=5, le=600)] = LONGEST_MESSAGE_SECONDS
    work_seconds: Annotated[float, Meta(ge=60, le=86_400)] = MESSAGE_WORK_SECONDS
    due_seconds: Annotated[float, Meta(ge=60, le=1_209_600)] = MESSAGE_DUE_SECONDS
    offered: bool = False
    keep_free: Annotated[int, Meta(ge=0, le=1_000)] = 0


class WaitingRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`capacity` None: no limit. Of `overflows` the first that applies and leads anywhere is taken.

    `keep_place_seconds`: who rings again within them has the former place. `handle_seconds` is expected of a call until
    enough were measured.
    """

    capacity: Annotated[int, Meta(ge=0)] | None = None
    overflows: Annotated[tuple[Overflow, ...], Meta(max_length=OVERFLOWS)] = ()
    comfort: Comfort | None = None
    keep_place_seconds: Seconds = KEEP_PLACE_SECONDS
    handle_seconds: Annotated[float, Meta(gt=0, le=86_400)] = HANDLE_SECONDS
    callbacks: CallbackSettings = CallbackSettings()
    voicemail: MessageRules = MessageRules()

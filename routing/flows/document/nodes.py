"""The kinds of nodes. An exit that is "" is not connected yet: a draft may have such, a published flow may not.

An exit that may be None means, left out, that the case does not lead out of the node (each says what happens then).
"""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from kernel.primitives.ids import QueueId, UserId
from routing.flows import limits
from routing.flows.document.conditions import AnyCondition
from routing.flows.document.names import (
    CALLER,
    E164,
    CalendarName,
    CredentialName,
    FieldPath,
    FlowName,
    HeaderName,
    Key,
    Keys,
    Language,
    OptionalKey,
    PhoneUser,
    PromptName,
    Retries,
    RobotName,
    Seconds,
    SkillName,
    Target,
    Template,
    Variable,
)
from routing.flows.document.speech import Utterances

AGENT_SECONDS = 30.0  # of waiting for the agent who knows the caller, while others may be free
FIRST_KEY_SECONDS = 5.0  # after the prompt: time to take the telephone from the ear and find the key
NEXT_KEY_SECONDS = 3.0  # between the keys of one entry


class Node(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", forbid_unknown_fields=True):
    """`label` is for people; `at` is where an editor draws it."""

    label: Annotated[str, Meta(max_length=80)] = ""
    at: tuple[float, float] | None = None


# --- talking ----------------------------------------------------------------------------------------------------------


class Play(Node, frozen=True, kw_only=True, tag="play"):
    """Prompts in a row. With `barge_in` a key ends them and counts for the node that follows; else keys are lost."""

    prompts: Annotated[tuple[PromptName, ...], Meta(min_length=1, max_length=limits.PROMPTS)]
    barge_in: bool = True
    next: Target = ""


class Say(Node, frozen=True, kw_only=True, tag="say"):
    """Words, spoken by the text-to-speech voice; otherwise as `play`."""

    text: Template
    language: Language | None = None
    barge_in: bool = True
    next: Target = ""


# --- asking -----------------------------------------------------------------------------------------------------------


class Attempts(Node, frozen=True, kw_only=True):
    """Asks, waits, and asks again `retries` times: after keys that fit nothing (`invalid` is said first) and after
    silence (`silence` is said first). Then the exit of the last failure is taken."""

    prompts: Utterances = ()
    invalid: Utterances = ()
    silence: Utterances = ()
    barge_in: bool = True
    wait_seconds: Seconds = FIRST_KEY_SECONDS
    key_seconds: Seconds = NEXT_KEY_SECONDS
    retries: Retries = 2
    on_invalid: Target = ""
    on_silence: Target = ""


class Menu(Attempts, frozen=True, kw_only=True, tag="menu"):
    """Keys to nodes. Where one option begins another (1 and 12), a pause of `key_seconds` decides for the shorter."""

    options: Annotated[dict[Keys, Target], Meta(min_length=1)]


class Input(Attempts, frozen=True, kw_only=True, tag="input"):
    """Digits into `variable`. Ends with the terminator or a pause of `key_seconds`; without a terminator also with
    `max_digits`. `private`: shown in no transcript and no log (card numbers, codes)."""

    variable: Variable
    min_digits: Annotated[int, Meta(ge=1, le=limits.INPUT_KEYS)] = 1
    max_digits: Annotated[int, Meta(ge=1, le=limits.INPUT_KEYS)] = limits.INPUT_KEYS
    terminator: OptionalKey = "#"
    private: bool = False
    next: Target = ""


# --- deciding ---------------------------------------------------------------------------------------------------------


class Hours(Node, frozen=True, kw_only=True, tag="hours"):
    """By a calendar of the tenant. None: `holiday` and `emergency` go the way of `closed`."""

    calendar: CalendarName
    open: Target = ""
    closed: Target = ""
    holiday: Target | None = None
    emergency: Target | None = None


class Case(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    when: AnyCondition
    next: Target = ""


class Branch(Node, frozen=True, kw_only=True, tag="branch"):
    """The first case that holds, else `otherwise`."""

    cases: Annotated[tuple[Case, ...], Meta(min_length=1, max_length=limits.CASES)]
    otherwise: Target = ""


class SetVariable(Node, frozen=True, kw_only=True, tag="set"):
    variable: Variable
    value: Annotated[str, Meta(max_length=limits.VALUE_LENGTH)]
    next: Target = ""


class Lookup(Node, frozen=True, kw_only=True, tag="lookup"):
    """Asks a server of the tenant by HTTPS. `body` is sent as a JSON object of texts (POST only), `credential` as the
    Authorization header. Any answer but 2xx with JSON, and none within `seconds`, goes to `on_failure`.

    `results` are variables from fields of the answer; a field that is not there, or holds no plain value, is empty.
    """

    url: Annotated[str, Meta(max_length=limits.URL_LENGTH)]
    method: Literal["GET", "POST"] = "GET"
    headers: Annotated[dict[HeaderName, Template], Meta(max_length=limits.HEADERS)] = {}
    body: Annotated[dict[FieldPath, Template], Meta(max_length=limits.FIELDS)] = {}
    credential: CredentialName | None = None
    seconds: Annotated[float, Meta(ge=0.5, le=limits.LOOKUP_SECONDS)] = 3.0
    results: Annotated[dict[Variable, FieldPath], Meta(max_length=limits.FIELDS)] = {}
    next: Target = ""
    on_failure: Target = ""


# --- handing over -----------------------------------------------------------------------------------------------------


class SkillNeed(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    skill: SkillName
    level: Annotated[int, Meta(ge=1, le=10)] = 1


Skills = Annotated[tuple[SkillNeed, ...], Meta(max_length=limits.SKILLS)]


class Queue(Node, frozen=True, kw_only=True, tag="queue"):
    """Waits for an agent. `priority` None: the queue's own.

    `on_full`: the queue takes no more callers, or is there no more. None: without agents, the caller waits on.
    `on_limit` goes with `limit_seconds`, `on_callback` with the key that asks for a callback while waiting.
    `agent` (an id or a name, such as a lookup gives) is waited for during `agent_seconds`, then anybody is accepted.
    """

    queue: QueueId
    skills: Skills = ()
    agent: Template = ""
    agent_seconds: Annotated[float, Meta(ge=0, le=limits.AGENT_SECONDS)] = AGENT_SECONDS
    priority: Annotated[int, Meta(ge=-100, le=100)] | None = None
    limit_seconds: Annotated[float, Meta(ge=5, le=limits.QUEUE_LIMIT_SECONDS)] | None = None
    callback_key: OptionalKey = ""
    on_full: Target = ""
    on_no_agents: Target | None = None
    on_limit: Target | None = None
    on_callback: Target | None = None


class Callback(Node, frozen=True, kw_only=True, tag="callback"):
    """Offers to call back at the number in `number`, the place in the queue kept: `key` accepts, any other key and
    silence decline. `on_unavailable`: there is no number to call, or no callback can be had now."""

    queue: QueueId
    prompts: Utterances = ()
    key: Key = "1"
    wait_seconds: Seconds = FIRST_KEY_SECONDS
    number: Variable = CALLER
    skills: Skills = ()
    next: Target = ""
    on_declined: Target = ""
    on_unavailable: Target = ""


class Voicemail(Node, frozen=True, kw_only=True, tag="voicemail"):
    """Says `prompts`, beeps and records a message, which becomes work of `queue`; `finish_key` ends it."""

    queue: QueueId
    prompts: Utterances = ()
    max_seconds: Annotated[float, Meta(ge=5, le=limits.MESSAGE_SECONDS)] = 120.0
    finish_key: OptionalKey = "#"
    next: Target = ""
    on_failure: Target = ""


class NumberTarget(msgspec.Struct, frozen=True, tag_field="kind", tag="number", forbid_unknown_fields=True):
    number: E164


class VariableTarget(msgspec.Struct, frozen=True, tag_field="kind", tag="variable", forbid_unknown_fields=True):
    """An international number that a variable holds; the tenant's limits of what may be dialled hold for it too."""

    variable: Variable


class PhoneTarget(msgspec.Struct, frozen=True, tag_field="kind", tag="phone", forbid_unknown_fields=True):
    """A telephone that registers with us."""

    user: PhoneUser


class AgentTarget(msgspec.Struct, frozen=True, tag_field="kind", tag="agent", forbid_unknown_fields=True):
    agent: UserId


class Transfer(Node, frozen=True, kw_only=True, tag="transfer"):
    """Connects the caller with somebody; `on_failure` when they are busy, silent for too long or out of reach."""

    to: NumberTarget | VariableTarget | PhoneTarget | AgentTarget
    ring_seconds: Annotated[float, Meta(ge=5, le=limits.RING_SECONDS)] = 30.0
    on_failure: Target = ""


class Robot(Node, frozen=True, kw_only=True, tag="robot"):
    """A conversation with an external voice robot, which is told `send` and comes back with an outcome and `results`.

    An outcome without an exit of its own takes `otherwise`.
    """

    robot: RobotName
    send: Annotated[tuple[Variable, ...], Meta(max_length=limits.FIELDS)] = ()
    results: Annotated[tuple[Variable, ...], Meta(max_length=limits.FIELDS)] = ()
    seconds: Annotated[float, Meta(ge=5, le=limits.ROBOT_SECONDS)] = 600.0
    outcomes: Annotated[dict[RobotName, Target], Meta(max_length=limits.CASES)] = {}
    otherwise: Target = ""
    on_failure: Target = ""


class GoTo(Node, frozen=True, kw_only=True, tag="go_to"):
    """Goes on at the start of another flow, in the version that is live then. It is handed those variables that it
    declares."""

    flow: FlowName


class HangUp(Node, frozen=True, kw_only=True, tag="hang_up"):
    """`cause` is what the record tells: `completed`, or `refused` for callers who are not wanted."""

    cause: Literal["completed", "refused"] = "completed"


AnyNode = (
    Play
    | Say
    | Menu
    | Input
    | Hours
    | Branch
    | SetVariable
    | Lookup
    | Queue
    | Callback
    | Voicemail
    | Transfer
    | Robot
    | GoTo
    | HangUp
)
NODE_KINDS: tuple[type[Node], ...] = (
    Play,
    Say,
    Menu,
    Input,
    Hours,
    Branch,
    SetVariable,
    Lookup,
    Queue,
    Callback,
    Voicemail,
    Transfer,
    Robot,
    GoTo,
    HangUp,
)


def kind_of(node: Node) -> str:
    """As documents name it."""
    return str(type(node).__struct_config__.tag)

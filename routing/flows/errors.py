"""What can be refused around flows; each with a code of its own and what to do."""

from kernel.primitives.errors import Conflict, InvalidInput, NotFound


class UnreadableFlow(InvalidInput):
    """The document has not the shape of a flow; `extra`: at, the path in the document."""

    code = "unreadable_flow"
    title = "This is not a call flow"


class FlowNotValid(InvalidInput):
    """It cannot be published; `extra`: problems, each with node, field, code and message."""

    code = "flow_not_valid"
    title = "The call flow has problems"


class NoDraft(Conflict):
    code = "no_flow_draft"
    title = "There is no draft to publish"


class DraftChanged(Conflict):
    """Somebody else saved the draft since it was read; `extra`: revision, the present one."""

    code = "flow_draft_changed"
    title = "The draft was changed by somebody else"


class UnknownVersion(NotFound):
    """`extra`: versions, those there are."""

    code = "unknown_flow_version"
    title = "There is no such version of the flow"


class AlreadyLive(Conflict):
    code = "flow_version_live"
    title = "This version is live already"


class WrongCalendar(InvalidInput):
    """`extra`: field."""

    code = "wrong_calendar"
    title = "These business hours cannot be used"


class WrongRobot(InvalidInput):
    code = "wrong_robot"
    title = "This robot cannot be used"


class NameInUse(Conflict):
    code = "name_in_use"
    title = "Another one of this tenant has this name"


class NamedByFlows(Conflict):
    """`extra`: used_by, a list of {kind, id}."""

    code = "named_by_flows"
    title = "A number or a live call flow refers to it"


class TooManyKept(Conflict):
    """`extra`: allowed."""

    code = "too_many_kept"
    title = "There are as many of these as a tenant may keep"

"""Why routing refuses what a desk asks; each can be shown to the agent by its code."""

from kernel.primitives.errors import CordboardError


class NoSeat(CordboardError):
    """`extra`: plan, seats, contact."""

    code = "no_seat"
    status = 403
    title = "This agent has no seat"


class SeatsTaken(CordboardError):
    """`extra`: plan, seats, logged_in, contact."""

    code = "seats_taken"
    status = 409
    title = "As many are logged in as the plan allows"


class NotLoggedIn(CordboardError):
    code = "not_logged_in"
    status = 409
    title = "Log in first"


class OfferGone(CordboardError):
    code = "offer_gone"
    status = 409
    title = "The call is not offered any more"


class CallGone(CordboardError):
    code = "call_gone"
    status = 409
    title = "There is no such call at this desk any more"


class CallNotConnected(CordboardError):
    code = "call_not_connected"
    status = 409
    title = "Nobody is heard on this call now"


class CallNotHeld(CordboardError):
    code = "call_not_held"
    status = 409
    title = "This call is not on hold"


class NoWrapUp(CordboardError):
    code = "no_wrap_up"
    status = 409
    title = "There is no wrap-up to finish"


class AlreadyOnCall(CordboardError):
    code = "already_on_call"
    status = 409
    title = "Finish the present call and its wrap-up first"


class UnknownState(CordboardError):
    code = "unknown_state"
    status = 422
    title = "An agent can ask for available or not ready"


class UnknownReason(CordboardError):
    code = "unknown_reason"
    status = 422
    title = "This is no not-ready reason of this tenant"


class UnknownDisposition(CordboardError):
    code = "unknown_disposition"
    status = 422
    title = "This is no disposition of this queue"


class UnknownQueue(CordboardError):
    code = "unknown_queue"
    status = 422
    title = "The company has no such queue"


class UnknownSkill(CordboardError):
    """`extra`: skills."""

    code = "unknown_skill"
    status = 422
    title = "Nobody in this queue has these skills"


class ColleaguesCall(CordboardError):
    code = "colleagues_call"
    status = 409
    title = "This call is your colleague's"


class CannotQueue(CordboardError):
    code = "cannot_queue"
    status = 409
    title = "This call cannot wait in a queue"


class OwnNumber(CordboardError):
    code = "own_number"
    status = 409
    title = "This number leads to a queue of your own"


class TransferUnderWay(CordboardError):
    code = "transfer_under_way"
    status = 409
    title = "Somebody is being called in already"


class ConferenceFull(CordboardError):
    code = "conference_full"
    status = 409
    title = "No more people can be called in"


class NobodyInvited(CordboardError):
    code = "nobody_invited"
    status = 409
    title = "There is nobody else in the call yet"


class PartyGone(CordboardError):
    code = "party_gone"
    status = 409
    title = "They are not in the call any more"


class UnknownDigits(CordboardError):
    code = "unknown_digits"
    status = 422
    title = "These are no telephone keys"


class NoTelephone(CordboardError):
    code = "no_telephone"
    status = 409
    title = "You have no telephone to work by"


class AtTelephone(CordboardError):
    code = "at_telephone"
    status = 409
    title = "You work by a telephone now"


class SoftphoneUnreachable(CordboardError):
    code = "softphone_unreachable"
    status = 409
    title = "The softphone cannot carry sound now"


class ClientNotServed(CordboardError):
    code = "client_not_served"
    status = 404
    title = "You do not work for this client"


class OverLimit(CordboardError):
    """Base of refusals that admins are told of: routing writes each to the log."""

    code = "over_limit"
    status = 409
    title = "A limit of the tenant is reached"
    limit = ""


class CallsAtOnceReached(OverLimit):
    """`extra`: allowed."""

    code = "calls_at_once_reached"
    status = 409
    title = "The tenant has as many calls as it may have at once"
    limit = "calls_at_once"


class CallsPerSecondReached(OverLimit):
    """`extra`: allowed."""

    code = "calls_per_second_reached"
    status = 429
    title = "The tenant begins as many calls in a second as it may"
    limit = "calls_per_second"


class DestinationNotAllowed(OverLimit):
    """`extra`: country."""

    code = "destination_not_allowed"
    status = 403
    title = "This country may not be dialled"
    limit = "destination"


class PremiumNotAllowed(OverLimit):
    code = "premium_not_allowed"
    status = 403
    title = "Premium-rate numbers may not be dialled"
    limit = "premium"


class DailySpendReached(OverLimit):
    """`extra`: until."""

    code = "daily_spend_reached"
    status = 409
    title = "What may be spent on calls in a day is spent"
    limit = "daily_spend"


class Suspended(CordboardError):
    """No new calls and log-ins until invoices are paid; who is asked for it, the desk's opening tells."""

    code = "calls_suspended"
    status = 402
    title = "The tenant is suspended: no new calls and no log-ins"


class NoTrunk(CordboardError):
    code = "no_trunk"
    status = 409
    title = "There is no trunk for outbound calls"


class LoggedInElsewhere(CordboardError):
    """`extra`: since."""

    code = "logged_in_elsewhere"
    status = 409
    title = "This agent works at another desk now"


class ReasonFull(CordboardError):
    """`extra`: reason, allowed."""

    code = "reason_full"
    status = 409
    title = "As many are not ready for this reason as may be at once"


class WrapUpAtLimit(CordboardError):
    """`extra`: allowed_seconds."""

    code = "wrap_up_at_limit"
    status = 409
    title = "This wrap-up cannot last longer"


class CallNotWaiting(CordboardError):
    code = "call_not_waiting"
    status = 409
    title = "This caller does not wait in a queue now"


class AgentNotFree(CordboardError):
    code = "agent_not_free"
    status = 409
    title = "This agent cannot be offered a call now"


class SupervisorBusy(CordboardError):
    code = "supervisor_busy"
    status = 409
    title = "Be not ready, with your softphone up, to take part in a call"


class SupervisorsFull(CordboardError):
    """`extra`: allowed."""

    code = "supervisors_full"
    status = 409
    title = "As many take part in this call as may"


class RoutingUnavailable(CordboardError):
    """No owner of the tenant in this process (yet); trying again shortly is right."""

    code = "routing_unavailable"
    status = 503
    title = "Calls of this tenant are not distributed from here now"

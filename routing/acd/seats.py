"""Whether an agent may log in: a seat by name, or room among those logged in at once."""

from kernel.contracts.calls import AgentState
from kernel.contracts.directory import SeatPolicy
from routing.acd.draft import Draft
from routing.agents.model import Agent
from routing.errors import NoSeat, SeatsTaken


def require_seat(draft: Draft, agent: Agent) -> None:
    """NoSeat, SeatsTaken; who is logged in already stays so."""
    policy = draft.state.rules.directory(agent.home).seats
    if not draft.state.rules.has_seat(agent.agent):
        raise _no_seat(policy)
    if policy is None or not policy.concurrent or agent.state is not AgentState.LOGGED_OUT:
        return
    present = sum(other.home == agent.home and other.state is not AgentState.LOGGED_OUT for other in draft.state.agents)
    if present >= policy.seats:
        raise SeatsTaken(
            f"{present} are logged in, and the plan {policy.plan!r} allows {policy.seats} at once. "
            f"Wait until somebody logs out, or ask for more: {_told(policy)}.",
            logged_in=present,
            **_extra(policy),
        )


def _no_seat(policy: SeatPolicy | None) -> NoSeat:
    if policy is None:
        return NoSeat("Your company has no plan yet: ask your administrator.")
    return NoSeat(
        f"You have none of the {policy.seats} seats for calls on the plan {policy.plan!r}. "
        f"Ask for one: {_told(policy)}.",
        **_extra(policy),
    )


def _told(policy: SeatPolicy) -> str:
    return ", ".join(f"{name} <{email}>" for name, email in policy.contacts)


def _extra(policy: SeatPolicy) -> dict[str, object]:
    contacts = [{"name": name, "email": email} for name, email in policy.contacts]
    return {"plan": policy.plan, "seats": policy.seats, "contact": contacts}

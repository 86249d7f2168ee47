"""What a tenant may not do: beyond its limits, or while it is suspended."""

from datetime import timedelta

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.log import LimitReached
from kernel.primitives.ids import CallId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from routing.acd.draft import Draft
from routing.errors import (
    CallsAtOnceReached,
    CallsPerSecondReached,
    DailySpendReached,
    DestinationNotAllowed,
    NoTrunk,
    OverLimit,
    PremiumNotAllowed,
    Suspended,
)

ONE_SECOND = timedelta(seconds=1)

# Q.850 17 "user busy": the tone that everybody knows; 41 "temporary failure": the carrier may try again.
ANSWERS: dict[type[OverLimit], EndCause] = {
    CallsAtOnceReached: EndCause(EndResult.OURS, EndReason.OVERLOADED, sip_code=486, q850=17),
    CallsPerSecondReached: EndCause(EndResult.OURS, EndReason.OVERLOADED, sip_code=480, q850=41),
}
"""What a caller's carrier is told."""


def require_room(draft: Draft, tenant: TenantId) -> None:
    """CallsAtOnceReached, CallsPerSecondReached."""
    state, limits = draft.state, draft.state.rules.directory(tenant).limits
    if limits.calls_at_once is not None and state.present(tenant) >= limits.calls_at_once:
        raise CallsAtOnceReached(
            f"{limits.calls_at_once} calls at once are allowed. Wait for one to end, or ask an admin for more.",
            allowed=limits.calls_at_once,
        )
    allowed = limits.calls_per_second
    if allowed is not None and state.begun_since(tenant, draft.now - ONE_SECOND, allowed) >= allowed:
        raise CallsPerSecondReached(f"{allowed} calls may begin in a second. Try again in a second.", allowed=allowed)


def require_in_service(directory: TenantDirectory) -> None:
    """Suspended."""
    if directory.suspended:
        raise Suspended("Nobody can be called for this company now: ask its administrators.")


def require_dialable(draft: Draft, directory: TenantDirectory, called: PhoneNumber) -> None:
    """As `require_destination` and `require_room`; nothing keeps anybody from an emergency number."""
    if called.emergency:
        return
    require_destination(draft, directory, called)
    require_room(draft, directory.tenant)


def require_trunk(directory: TenantDirectory, called: PhoneNumber) -> TrunkId | None:
    """The trunk to dial by; None: for an emergency number any that carries it, as the gateway knows. NoTrunk."""
    if directory.outbound_trunk is None and not called.emergency:
        raise NoTrunk("Ask your administrator for a trunk that may be dialled through.")
    return directory.outbound_trunk


def require_destination(draft: Draft, directory: TenantDirectory, called: PhoneNumber) -> None:
    """Suspended, DestinationNotAllowed, PremiumNotAllowed, DailySpendReached; emergency numbers pass."""
    if called.emergency:
        return
    require_in_service(directory)
    limits = directory.limits
    country = called.region
    if limits.countries is not None and country not in limits.countries:
        raise DestinationNotAllowed(
            f"Numbers of {country or 'no country'} are not among the countries that may be dialled: ask an admin.",
            country=country,
        )
    if not limits.premium and called.is_premium:
        raise PremiumNotAllowed("This number costs extra. An admin can allow such numbers.")
    if limits.closed_until is not None and draft.now < limits.closed_until:
        raise DailySpendReached(
            "Calls out are closed until tomorrow. An admin can raise what may be spent in a day.",
            until=limits.closed_until.isoformat(),
        )


def note(draft: Draft, tenant: TenantId, refusal: OverLimit, call: CallId | None = None) -> None:
    """For the admins: what was refused, and whose wish it was."""
    draft.record(
        LimitReached(**draft.stamp(tenant), limit=refusal.limit, detail=refusal.detail, call=call, agent=draft.asker)
    )

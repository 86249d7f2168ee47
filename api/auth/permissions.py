"""Which role may perform which operation: this table is all there is, and the documentation is made from it."""

from typing import NamedTuple

from tenants.directory import Role

EVERY_ROLE = frozenset(Role)
_O, _A, _S, _Q = Role.OWNER, Role.ADMIN, Role.SUPERVISOR, Role.QUALITY
_AGENT, _ANALYST, _B, _D = Role.AGENT, Role.ANALYST, Role.BILLING, Role.DEVELOPER


class Rule(NamedTuple):
    """`own`: roles that see only what is their own; `public`: without a session."""

    roles: frozenset[Role] = frozenset()
    own: frozenset[Role] = frozenset()
    public: bool = False

    def allows(self, roles: frozenset[Role]) -> bool:
        return self.public or bool(roles & (self.roles | self.own))

    def only_own(self, roles: frozenset[Role]) -> bool:
        return not self.public and not roles & self.roles


PUBLIC = Rule(public=True)
ANYBODY = Rule(EVERY_ROLE)


def _of(*roles: Role) -> Rule:
    return Rule(frozenset(roles))


CONFIGURE = _of(_O, _A)
READ_PEOPLE = _of(_O, _A, _S, _Q, _ANALYST, _B, _D)
READ_LINES = _of(_O, _A, _S, _ANALYST, _D)
READ_CALLS = Rule(frozenset({_O, _A, _S, _Q, _ANALYST, _D}), own=frozenset({_AGENT}))
LISTEN = _of(_O, _S, _Q)

OPERATIONS: dict[str, Rule] = {
    "log_in": PUBLIC,
    "get_session": ANYBODY,
    "log_out": ANYBODY,
    "get_tenant": ANYBODY,
    "update_tenant": CONFIGURE,
    "list_users": READ_PEOPLE,
    "create_user": CONFIGURE,
    "get_user": READ_PEOPLE,
    "update_user": CONFIGURE,
    "delete_user": CONFIGURE,
    "get_plan": _of(_O, _A, _B),
    "update_plan": _of(_O, _B),
    "list_seats": _of(_O, _A, _S, _B),
    "assign_seat": _of(_O, _A, _B),
    "release_seat": _of(_O, _A, _B),
    "list_queues": ANYBODY,
    "create_queue": CONFIGURE,
    "get_queue": ANYBODY,
    "update_queue": _of(_O, _A, _S),
    "delete_queue": CONFIGURE,
    "list_numbers": READ_LINES,
    "create_number": CONFIGURE,
    "get_number": READ_LINES,
    "update_number": CONFIGURE,
    "delete_number": CONFIGURE,
    "list_trunks": _of(_O, _A, _D),
    "create_trunk": CONFIGURE,
    "get_trunk": _of(_O, _A, _D),
    "update_trunk": CONFIGURE,
    "delete_trunk": CONFIGURE,
    "list_calls": READ_CALLS,
    "get_call": READ_CALLS,
    "list_recordings": LISTEN,
    "get_recording": LISTEN,
    "get_recording_audio": LISTEN,
    "list_indicators": _of(_O, _A, _S, _Q, _ANALYST),
    "get_live": _of(_O, _A, _S),
    "preview_invoice": _of(_O, _B),
    "list_audit": CONFIGURE,
    "list_problems": PUBLIC,
    "get_openapi": PUBLIC,
    "get_docs": PUBLIC,
    "health": PUBLIC,
    "metrics": PUBLIC,
    "page": PUBLIC,
    "desk": _of(_O, _A, _S, _AGENT),
}
"""By operation_id."""

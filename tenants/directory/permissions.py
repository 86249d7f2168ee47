"""What a person or a machine may do: the permissions, and which of them each role has."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Self

from tenants.directory.roles import Role


class Permission(StrEnum):
    """A custom role, a grant and an API key are sets of these; `meaning` is what a person is told."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    TENANT_READ = "tenant.read", "See the tenant's name, time zone, currency and not-ready reasons"
    TENANT_WRITE = "tenant.write", "Change the tenant's settings"
    LIMITS_READ = "limits.read", "See what the tenant may use at most, and what calls cost today"
    LIMITS_WRITE = "limits.write", "Change what the tenant may use at most"
    USERS_READ = "users.read", "See the people, their roles, departments and teams"
    USERS_WRITE = "users.write", "Add, change and remove people"
    OWNERS_WRITE = "owners.write", "Make, change and remove owners"
    LOGINS_READ = "logins.read", "See how people log in, and where they are logged in"
    LOGINS_WRITE = "logins.write", "Say how people log in, end their sessions, take a lost second factor away"
    SIGN_ON_WRITE = "sign_on.write", "Say which identity providers are believed: whoever may can become anybody"
    KEYS_READ = "keys.read", "See API keys and OAuth clients, never their secrets"
    KEYS_WRITE = "keys.write", "Make and end API keys and OAuth clients, with the own permissions at most"
    ROLES_WRITE = "roles.write", "Make, change and remove the tenant's own roles"
    TEAMS_WRITE = "teams.write", "Make, change and remove departments and teams, and say who is in them"
    GRANTS_READ = "grants.read", "See which people of the provider may act in the tenant, and what they last did"
    GRANTS_WRITE = "grants.write", "Let people of the provider act in the tenant, and end it"
    PLAN_READ = "plan.read", "See the plan and its prices"
    PLAN_WRITE = "plan.write", "Buy seats and add-ons"
    SEATS_READ = "seats.read", "See who has a seat"
    SEATS_WRITE = "seats.write", "Assign and release seats"
    INVOICES_READ = "invoices.read", "See invoices and what the present period costs"
    QUEUES_READ = "queues.read", "See the queues and who works in them"
    QUEUES_CHANGE = "queues.change", "Change a queue and who works in it"
    QUEUES_WRITE = "queues.write", "Make and remove queues"
    NUMBERS_READ = "numbers.read", "See the numbers and where they lead"
    NUMBERS_WRITE = "numbers.write", "Add, lead elsewhere and remove numbers"
    TRUNKS_READ = "trunks.read", "See the trunks, without their passwords"
    TRUNKS_WRITE = "trunks.write", "Connect, change and remove trunks"
    PHONES_READ = "phones.read", "See the telephones and where they are registered, never their secrets"
    PHONES_WRITE = "phones.write", "Add and revoke telephones, their domains and those' certificates, and renew secrets"
    FLOWS_READ = "flows.read", "See and try call flows, business hours and prompts"
    FLOWS_WRITE = "flows.write", "Change and publish call flows, business hours, prompts, robots, and credentials"
    CALLS_READ = "calls.read", "See all calls"
    CALLS_READ_TEAM = "calls.read_team", "See the calls of the teams that one leads; who leads none, all calls"
    CALLS_READ_OWN = "calls.read_own", "See the own calls"
    RECORDINGS_LISTEN = "recordings.listen", "Find, hear and download recordings"
    CONTACTS_READ = "contacts.read", "Find and see contacts"
    CONTACTS_WRITE = "contacts.write", "Add and change contacts"
    CONTACTS_MANAGE = "contacts.manage", "Remove contacts, bring them in from files and take them out"
    INDICATORS_READ = "indicators.read", "See the indicators"
    INDICATORS_WRITE = (
        "indicators.write",
        "Set targets and alerts, and see and enter what no log tells: shifts, forecasts, costs, staff, evaluations",
    )
    WEBHOOKS_READ = "webhooks.read", "See where events are sent, and which were not taken; never the secrets"
    WEBHOOKS_WRITE = "webhooks.write", "Have events of calls, agents and alerts sent to servers outside"
    LIVE_READ = "live.read", "See all queues and agents as they are now"
    LIVE_READ_TEAM = "live.read_team", "See the queues, and the teams that one leads; who leads none, all agents"
    FLOOR_SUPERVISE = (
        "floor.supervise",
        "Listen to calls, talk in them, take them over; move and pick waiting ones, set states",
    )
    FLOOR_SUPERVISE_TEAM = "floor.supervise_team", "The same for the teams that one leads; who leads none, for all"
    CALLBACKS_READ = "callbacks.read", "See who is promised a callback"
    CALLBACKS_WRITE = "callbacks.write", "Promise callbacks, move and cancel them"
    VOICEMAIL_WORK = "voicemail.work", "Hear and take care of all messages that callers left; see all missed calls"
    VOICEMAIL_WORK_OWN = "voicemail.work_own", "The same for the queues that one works in"
    DESK_WORK = "desk.work", "Open a desk: take and make calls"
    AUDIT_READ = "audit.read", "Read the audit, verify it and take it out as a file"
    PRIVACY_READ = (
        "privacy.read",
        "See how long data is kept and what is held; find and export what is kept of a person",
    )
    PRIVACY_WRITE = "privacy.write", "Say how long data is kept; hold calls, recordings and people, and end that"
    PRIVACY_ERASE = "privacy.erase", "Erase what is kept of a person"
    PROVIDER_READ = "provider.read", "See the provider's settings and its list of clients"
    PROVIDER_WRITE = "provider.write", "Change the provider's settings"
    PROVIDER_CLIENTS = "provider.clients", "Make clients, change, close and reopen them"
    PROVIDER_PRICES = "provider.prices", "Set the plans, prices and rate decks that the provider's clients are offered"
    PROVIDER_BILLING = "provider.billing", "Invoice the clients, take invoices back, and write down payments"
    PROVIDER_GRANTS = "provider.grants", "Ask clients to let the provider's people act in them, and see all such grants"


def of_provider(permission: Permission) -> bool:
    """Whether it is about the provider above its clients: nothing that a client's grant could give."""
    return permission.value.startswith("provider.")


def named(values: Iterable[str]) -> frozenset[Permission]:
    """Of those that still exist: a stored one that a later version dropped gives nothing."""
    known = {permission.value: permission for permission in Permission}
    return frozenset(known[value] for value in values if value in known)


_P = Permission

EVERY_PERMISSION = frozenset(Permission)
_EVERYBODY = frozenset({_P.TENANT_READ, _P.QUEUES_READ})
_CONTACTS = frozenset({_P.CONTACTS_READ, _P.CONTACTS_WRITE})
_CALLBACKS = frozenset({_P.CALLBACKS_READ, _P.CALLBACKS_WRITE})
_LINES = frozenset({_P.NUMBERS_READ, _P.TRUNKS_READ})

ROLE_PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.OWNER: EVERY_PERMISSION,
    Role.ADMIN: _EVERYBODY
    | _LINES
    | _CONTACTS
    | _CALLBACKS
    | {
        _P.CONTACTS_MANAGE,
        _P.TENANT_WRITE,
        _P.LIMITS_READ,
        _P.LIMITS_WRITE,
        _P.USERS_READ,
        _P.USERS_WRITE,
        _P.LOGINS_READ,
        _P.LOGINS_WRITE,
        _P.KEYS_READ,
        _P.KEYS_WRITE,
        _P.ROLES_WRITE,
        _P.TEAMS_WRITE,
        _P.GRANTS_READ,
        _P.GRANTS_WRITE,
        _P.PLAN_READ,
        _P.SEATS_READ,
        _P.SEATS_WRITE,
        _P.QUEUES_CHANGE,
        _P.QUEUES_WRITE,
        _P.NUMBERS_WRITE,
        _P.TRUNKS_WRITE,
        _P.PHONES_READ,
        _P.PHONES_WRITE,
        _P.FLOWS_READ,
        _P.FLOWS_WRITE,
        _P.CALLS_READ,
        _P.CALLS_READ_TEAM,
        _P.CALLS_READ_OWN,
        _P.RECORDINGS_LISTEN,  # who sets supervisors' passwords could hear what they hear: better openly
        _P.INDICATORS_READ,
        _P.INDICATORS_WRITE,
        _P.WEBHOOKS_READ,
        _P.WEBHOOKS_WRITE,
        _P.LIVE_READ,
        _P.LIVE_READ_TEAM,
        _P.FLOOR_SUPERVISE,
        _P.FLOOR_SUPERVISE_TEAM,
        _P.VOICEMAIL_WORK,
        _P.VOICEMAIL_WORK_OWN,
        _P.DESK_WORK,
        _P.AUDIT_READ,
        _P.PRIVACY_READ,
        _P.PRIVACY_WRITE,
        _P.PROVIDER_READ,
        _P.PROVIDER_CLIENTS,
        _P.PROVIDER_GRANTS,
    },
    Role.SUPERVISOR: _EVERYBODY
    | _CONTACTS
    | _CALLBACKS
    | {
        _P.USERS_READ,
        _P.SEATS_READ,
        _P.QUEUES_CHANGE,
        _P.NUMBERS_READ,
        _P.PHONES_READ,
        _P.FLOWS_READ,
        _P.CALLS_READ_TEAM,
        _P.CALLS_READ_OWN,
        _P.RECORDINGS_LISTEN,
        _P.INDICATORS_READ,
        _P.LIVE_READ_TEAM,
        _P.FLOOR_SUPERVISE_TEAM,
        _P.VOICEMAIL_WORK,
        _P.VOICEMAIL_WORK_OWN,
        _P.DESK_WORK,
    },
    Role.QUALITY: _EVERYBODY
    | {_P.CONTACTS_READ, _P.USERS_READ, _P.CALLS_READ, _P.RECORDINGS_LISTEN, _P.INDICATORS_READ},
    Role.AGENT: _EVERYBODY | _CONTACTS | _CALLBACKS | {_P.CALLS_READ_OWN, _P.VOICEMAIL_WORK_OWN, _P.DESK_WORK},
    Role.ANALYST: _EVERYBODY | {_P.USERS_READ, _P.NUMBERS_READ, _P.CALLS_READ, _P.INDICATORS_READ},
    Role.BILLING: _EVERYBODY
    | {
        _P.USERS_READ,
        _P.PLAN_READ,
        _P.PLAN_WRITE,
        _P.SEATS_READ,
        _P.SEATS_WRITE,
        _P.INVOICES_READ,
        _P.PROVIDER_PRICES,
        _P.PROVIDER_READ,
        _P.PROVIDER_BILLING,
    },
    Role.DEVELOPER: _EVERYBODY
    | _LINES
    | _CONTACTS
    | _CALLBACKS
    | {
        _P.CONTACTS_MANAGE,
        _P.USERS_READ,
        _P.KEYS_READ,
        _P.KEYS_WRITE,
        _P.CALLS_READ,
        _P.FLOWS_READ,
        _P.WEBHOOKS_READ,
        _P.WEBHOOKS_WRITE,
    },
}


def permissions_of(roles: Iterable[Role]) -> frozenset[Permission]:
    """Roles add up."""
    return frozenset[Permission]().union(*(ROLE_PERMISSIONS[role] for role in roles))

"""Which permission each operation needs: this table is all there is, and the documentation is made from it."""

from typing import NamedTuple

from tenants.directory import Permission, Role, permissions_of


class Rule(NamedTuple):
    """Lets in who has `permission`, or `own` or `team`, which show only what is one's own or of the teams one leads.

    `anybody`: every session or key.
    """

    permission: Permission | None = None
    own: Permission | None = None
    public: bool = False
    anybody: bool = False
    people: bool = False  # with a session only: a key is not the person who made it
    team: Permission | None = None

    @property
    def personal(self) -> bool:
        """Whether it is about one's own account, which stays the same wherever one acts."""
        return self.anybody

    def allows(self, permissions: frozenset[Permission]) -> bool:
        return self.public or self.anybody or not permissions.isdisjoint({self.permission, self.own, self.team})

    def only_own(self, permissions: frozenset[Permission]) -> bool:
        return self.own is not None and permissions.isdisjoint({self.permission, self.team})

    def only_team(self, permissions: frozenset[Permission]) -> bool:
        return self.team in permissions and self.permission not in permissions

    def allows_role(self, role: Role) -> bool:
        return self.allows(permissions_of([role]))


PUBLIC = Rule(public=True)
ANYBODY = Rule(anybody=True)
PEOPLE = Rule(anybody=True, people=True)


def needs(permission: Permission, own: Permission | None = None) -> Rule:
    return Rule(permission, own)


_P = Permission
SUPERVISE = Rule(_P.FLOOR_SUPERVISE, team=_P.FLOOR_SUPERVISE_TEAM)
READ_CALLS = Rule(_P.CALLS_READ, own=_P.CALLS_READ_OWN, team=_P.CALLS_READ_TEAM)

OPERATIONS: dict[str, Rule] = {
    "log_in": PUBLIC,
    "complete_log_in": PUBLIC,
    "enrol_at_log_in": PUBLIC,
    "get_session": ANYBODY,
    "log_out": PEOPLE,
    "change_password": PEOPLE,
    "list_sessions": PEOPLE,
    "end_session": PEOPLE,
    "end_other_sessions": PEOPLE,
    "get_second_factor": PEOPLE,
    "begin_second_factor": PEOPLE,
    "confirm_second_factor": PEOPLE,
    "renew_recovery_codes": PEOPLE,
    "disable_second_factor": PEOPLE,
    "list_user_sessions": needs(_P.LOGINS_READ),
    "end_user_sessions": needs(_P.LOGINS_WRITE),
    "reset_second_factor": needs(_P.LOGINS_WRITE),
    "get_limits": needs(_P.LIMITS_READ),
    "update_limits": needs(_P.LIMITS_WRITE),
    "get_log_in_policy": needs(_P.LOGINS_READ),
    "update_log_in_policy": needs(_P.LOGINS_WRITE),
    "list_api_keys": needs(_P.KEYS_READ),
    "create_api_key": needs(_P.KEYS_WRITE),
    "get_api_key": needs(_P.KEYS_READ),
    "rotate_api_key": needs(_P.KEYS_WRITE),
    "revoke_api_key": needs(_P.KEYS_WRITE),
    "list_oauth_clients": needs(_P.KEYS_READ),
    "create_oauth_client": needs(_P.KEYS_WRITE),
    "get_oauth_client": needs(_P.KEYS_READ),
    "rotate_oauth_client": needs(_P.KEYS_WRITE),
    "delete_oauth_client": needs(_P.KEYS_WRITE),
    "list_identity_providers": needs(_P.LOGINS_READ),
    "create_identity_provider": needs(_P.SIGN_ON_WRITE),
    "get_identity_provider": needs(_P.LOGINS_READ),
    "update_identity_provider": needs(_P.SIGN_ON_WRITE),
    "delete_identity_provider": needs(_P.SIGN_ON_WRITE),
    "find_sign_on": PUBLIC,
    "begin_sign_on": PUBLIC,
    "finish_sign_on": PUBLIC,
    "get_access_token": PUBLIC,
    "get_oauth_metadata": PUBLIC,
    "get_tenant": needs(_P.TENANT_READ),
    "update_tenant": needs(_P.TENANT_WRITE),
    "list_users": needs(_P.USERS_READ),
    "create_user": needs(_P.USERS_WRITE),
    "get_user": needs(_P.USERS_READ),
    "update_user": needs(_P.USERS_WRITE),
    "delete_user": needs(_P.USERS_WRITE),
    "list_plans": needs(_P.PLAN_READ),
    "invite_user": needs(_P.USERS_WRITE),
    "accept_invitation": PUBLIC,
    "list_permissions": ANYBODY,
    "list_roles": needs(_P.USERS_READ),
    "create_role": needs(_P.ROLES_WRITE),
    "get_role": needs(_P.USERS_READ),
    "update_role": needs(_P.ROLES_WRITE),
    "delete_role": needs(_P.ROLES_WRITE),
    "list_departments": needs(_P.USERS_READ),
    "create_department": needs(_P.TEAMS_WRITE),
    "get_department": needs(_P.USERS_READ),
    "update_department": needs(_P.TEAMS_WRITE),
    "delete_department": needs(_P.TEAMS_WRITE),
    "list_teams": needs(_P.USERS_READ),
    "create_team": needs(_P.TEAMS_WRITE),
    "get_team": needs(_P.USERS_READ),
    "update_team": needs(_P.TEAMS_WRITE),
    "delete_team": needs(_P.TEAMS_WRITE),
    "list_grants": needs(_P.GRANTS_READ),
    "create_grant": needs(_P.GRANTS_WRITE),
    "get_grant": needs(_P.GRANTS_READ),
    "accept_grant": needs(_P.GRANTS_WRITE),
    "end_grant": needs(_P.GRANTS_WRITE),
    "list_my_grants": ANYBODY,
    "get_provider": needs(_P.PROVIDER_READ),
    "update_provider": needs(_P.PROVIDER_WRITE),
    "list_clients": needs(_P.PROVIDER_READ),
    "create_client": needs(_P.PROVIDER_CLIENTS),
    "get_client": needs(_P.PROVIDER_READ),
    "update_client": needs(_P.PROVIDER_CLIENTS),
    "invite_client_owner": needs(_P.PROVIDER_CLIENTS),
    "list_provider_grants": needs(_P.PROVIDER_GRANTS),
    "request_grant": needs(_P.PROVIDER_GRANTS),
    "withdraw_grant": needs(_P.PROVIDER_GRANTS),
    "get_plan": needs(_P.PLAN_READ),
    "update_plan": needs(_P.PLAN_WRITE),
    "list_seats": needs(_P.SEATS_READ),
    "assign_seat": needs(_P.SEATS_WRITE),
    "release_seat": needs(_P.SEATS_WRITE),
    "list_seat_history": needs(_P.SEATS_READ),
    "list_billing_entries": needs(_P.INVOICES_READ),
    "export_billing_entries": needs(_P.INVOICES_READ),
    "get_usage": needs(_P.INVOICES_READ),
    "list_provider_plans": needs(_P.PROVIDER_PRICES),
    "create_provider_plan": needs(_P.PROVIDER_PRICES),
    "get_provider_plan": needs(_P.PROVIDER_PRICES),
    "update_provider_plan": needs(_P.PROVIDER_PRICES),
    "list_plan_prices": needs(_P.PROVIDER_PRICES),
    "set_plan_prices": needs(_P.PROVIDER_PRICES),
    "list_rate_decks": needs(_P.PROVIDER_PRICES),
    "create_rate_deck": needs(_P.PROVIDER_PRICES),
    "get_rate_deck": needs(_P.PROVIDER_PRICES),
    "list_rate_deck_versions": needs(_P.PROVIDER_PRICES),
    "import_rates": needs(_P.PROVIDER_PRICES),
    "list_rates": needs(_P.PROVIDER_PRICES),
    "list_queues": needs(_P.QUEUES_READ),
    "create_queue": needs(_P.QUEUES_WRITE),
    "get_queue": needs(_P.QUEUES_READ),
    "update_queue": needs(_P.QUEUES_CHANGE),
    "delete_queue": needs(_P.QUEUES_WRITE),
    "list_skills": needs(_P.QUEUES_READ),
    "get_agent_skills": needs(_P.QUEUES_READ),
    "set_agent_skills": needs(_P.QUEUES_CHANGE),
    "list_marked_callers": needs(_P.CONTACTS_READ),
    "mark_caller": needs(_P.CONTACTS_MANAGE),
    "unmark_caller": needs(_P.CONTACTS_MANAGE),
    "get_outlook": needs(_P.LIVE_READ),
    "list_numbers": needs(_P.NUMBERS_READ),
    "create_number": needs(_P.NUMBERS_WRITE),
    "get_number": needs(_P.NUMBERS_READ),
    "update_number": needs(_P.NUMBERS_WRITE),
    "delete_number": needs(_P.NUMBERS_WRITE),
    "list_trunks": needs(_P.TRUNKS_READ),
    "create_trunk": needs(_P.TRUNKS_WRITE),
    "get_trunk": needs(_P.TRUNKS_READ),
    "update_trunk": needs(_P.TRUNKS_WRITE),
    "delete_trunk": needs(_P.TRUNKS_WRITE),
    "list_phone_domains": needs(_P.PHONES_READ),
    "create_phone_domain": needs(_P.PHONES_WRITE),
    "delete_phone_domain": needs(_P.PHONES_WRITE),
    "list_phones": needs(_P.PHONES_READ),
    "create_phone": needs(_P.PHONES_WRITE),
    "get_phone": needs(_P.PHONES_READ),
    "update_phone": needs(_P.PHONES_WRITE),
    "rotate_phone_secret": needs(_P.PHONES_WRITE),
    "revoke_phone": needs(_P.PHONES_WRITE),
    "preview_trunk": needs(_P.TRUNKS_READ),
    "get_trunk_state": needs(_P.TRUNKS_READ),
    "list_contacts": needs(_P.CONTACTS_READ),
    "create_contact": needs(_P.CONTACTS_WRITE),
    "get_contact": needs(_P.CONTACTS_READ),
    "update_contact": needs(_P.CONTACTS_WRITE),
    "delete_contact": needs(_P.CONTACTS_MANAGE),
    "import_contacts": needs(_P.CONTACTS_MANAGE),
    "export_contacts": needs(_P.CONTACTS_MANAGE),
    "list_calls": READ_CALLS,
    "get_call": READ_CALLS,
    "get_call_trace": needs(_P.CALLS_READ),
    "list_recordings": needs(_P.RECORDINGS_LISTEN),
    "get_recording": needs(_P.RECORDINGS_LISTEN),
    "get_recording_audio": needs(_P.RECORDINGS_LISTEN),
    "list_indicators": needs(_P.INDICATORS_READ),
    "get_live": Rule(_P.LIVE_READ, team=_P.LIVE_READ_TEAM),
    "watch_live": Rule(_P.LIVE_READ, team=_P.LIVE_READ_TEAM),
    "supervise_call": SUPERVISE,
    "leave_call": SUPERVISE,
    "take_over_call": SUPERVISE,
    "move_waiting_call": SUPERVISE,
    "pick_waiting_call": SUPERVISE,
    "force_agent_state": SUPERVISE,
    "preview_invoice": needs(_P.INVOICES_READ),
    "list_invoices": needs(_P.INVOICES_READ),
    "get_invoice": needs(_P.INVOICES_READ),
    "get_invoice_document": needs(_P.INVOICES_READ),
    "get_invoice_pdf": needs(_P.INVOICES_READ),
    "get_invoice_csv": needs(_P.INVOICES_READ),
    "verify_invoice": needs(_P.INVOICES_READ),
    "list_credit_notes": needs(_P.INVOICES_READ),
    "get_credit_note_pdf": needs(_P.INVOICES_READ),
    "get_payment_instructions": needs(_P.INVOICES_READ),
    "list_payments": needs(_P.INVOICES_READ),
    "get_standing": needs(_P.INVOICES_READ, own=_P.TENANT_READ),
    "get_billing_details": needs(_P.INVOICES_READ),
    "set_billing_details": needs(_P.PLAN_WRITE),
    "get_billing_settings": needs(_P.PROVIDER_BILLING),
    "set_billing_settings": needs(_P.PROVIDER_BILLING),
    "set_client_tax": needs(_P.PROVIDER_BILLING),
    "list_provider_invoices": needs(_P.PROVIDER_BILLING),
    "get_provider_invoice": needs(_P.PROVIDER_BILLING),
    "get_provider_invoice_pdf": needs(_P.PROVIDER_BILLING),
    "verify_provider_invoice": needs(_P.PROVIDER_BILLING),
    "create_invoice_run": needs(_P.PROVIDER_BILLING),
    "create_credit_note": needs(_P.PROVIDER_BILLING),
    "create_payment": needs(_P.PROVIDER_BILLING),
    "create_refund": needs(_P.PROVIDER_BILLING),
    "list_margins": needs(_P.PROVIDER_BILLING),
    "get_margins_csv": needs(_P.PROVIDER_BILLING),
    "get_agent_time": needs(_P.PROVIDER_BILLING),
    "get_agent_time_csv": needs(_P.PROVIDER_BILLING),
    "list_audit": needs(_P.AUDIT_READ),
    "export_audit": needs(_P.AUDIT_READ),
    "verify_audit": needs(_P.AUDIT_READ),
    "get_retention": needs(_P.PRIVACY_READ),
    "set_retention": needs(_P.PRIVACY_WRITE),
    "list_holds": needs(_P.PRIVACY_READ),
    "get_hold": needs(_P.PRIVACY_READ),
    "create_hold": needs(_P.PRIVACY_WRITE),
    "lift_hold": needs(_P.PRIVACY_WRITE),
    "find_person": needs(_P.PRIVACY_READ),
    "create_export": needs(_P.PRIVACY_READ),
    "create_erasure": needs(_P.PRIVACY_ERASE),
    "list_privacy_jobs": needs(_P.PRIVACY_READ),
    "get_privacy_job": needs(_P.PRIVACY_READ),
    "get_export_file": needs(_P.PRIVACY_READ),
    "get_certificate": needs(_P.PRIVACY_READ),
    "list_problems": PUBLIC,
    "get_openapi": PUBLIC,
    "get_docs": PUBLIC,
    "health": PUBLIC,
    "metrics": PUBLIC,
    "page": PUBLIC,
    "desk": needs(_P.DESK_WORK),
}
"""By operation_id."""

"""Which problems there are, and which operation answers which."""

from api import errors as api_errors
from api.auth import errors as auth_errors
from desk.contacts import errors as contact_errors
from insight.kept import service as keeping
from kernel.primitives import errors as kernel_errors
from kernel.primitives.errors import CordboardError
from media.prompts import store as prompt_store
from media.prompts import voices
from media.recordings import keys, sealing
from routing import errors as routing_errors
from routing.callbacks import errors as callback_errors
from routing.flows import errors as flow_errors
from routing.voicemail import errors as voicemail_errors
from tenants import rows
from tenants.billing import errors as billing_errors
from tenants.billing.invoices import errors as invoice_errors
from tenants.directory import errors as directory_errors
from tenants.privacy import errors as privacy_errors
from tenants.webhooks import errors as webhook_errors

_MODULES = (
    kernel_errors,
    api_errors,
    auth_errors,
    rows,
    billing_errors,
    invoice_errors,
    directory_errors,
    routing_errors,
    flow_errors,
    prompt_store,
    voices,
    callback_errors,
    voicemail_errors,
    contact_errors,
    privacy_errors,
    webhook_errors,
    keeping,
    keys,
    sealing,
)

PROBLEMS: tuple[type[CordboardError], ...] = tuple(
    sorted(
        {
            kind
            for module in _MODULES
            for kind in vars(module).values()
            if isinstance(kind, type) and issubclass(kind, CordboardError) and kind is not CordboardError
        },
        key=lambda kind: kind.code,
    )
)

_USER = (directory_errors.EmailTaken, directory_errors.OwnersOnly, directory_errors.EscalationRefused)
_GRANT = (directory_errors.GrantOver, directory_errors.EscalationRefused)
_CONSOLE = (directory_errors.ProviderOnly,)
_SUPERVISION = (
    routing_errors.CallGone,
    routing_errors.NotLoggedIn,
    routing_errors.SoftphoneUnreachable,
    routing_errors.RoutingUnavailable,
)
_PASSING = (
    routing_errors.CallGone,
    routing_errors.CallNotConnected,
    routing_errors.NotLoggedIn,
    routing_errors.TransferUnderWay,
    routing_errors.ColleaguesCall,
    routing_errors.RoutingUnavailable,
)
_CALLING_IN = (
    *_PASSING,
    routing_errors.AgentNotFree,
    routing_errors.ConferenceFull,
    routing_errors.NoTrunk,
    routing_errors.DestinationNotAllowed,
    routing_errors.PremiumNotAllowed,
    routing_errors.DailySpendReached,
    routing_errors.Suspended,
)
_NAMED = (flow_errors.NameInUse, flow_errors.TooManyKept)
_DOCUMENT = (flow_errors.UnreadableFlow,)
_CALLBACK = (
    callback_errors.CallbackNotPossible,
    callback_errors.CallbacksFull,
    routing_errors.RoutingUnavailable,
)
_MESSAGE = (
    voicemail_errors.VoicemailNotTaken,
    voicemail_errors.VoicemailTakenByOther,
    routing_errors.RoutingUnavailable,
)
_WORK = (*_MESSAGE, voicemail_errors.VoicemailInHand, routing_errors.AlreadyOnCall)
_GUESS = (api_errors.TooManyAttempts, api_errors.RateLimited)

OF_OPERATIONS: dict[str, tuple[type[CordboardError], ...]] = {
    "log_in": (
        api_errors.WrongCredentials,
        api_errors.TooManyAttempts,
        api_errors.RateLimited,
        auth_errors.SecondFactorRequired,
        auth_errors.EnrolmentRequired,
        auth_errors.SignOnRequired,
    ),
    "complete_log_in": (*_GUESS, auth_errors.TicketEnded, auth_errors.WrongCode, auth_errors.NoEnrolment),
    "enrol_at_log_in": (api_errors.RateLimited, auth_errors.TicketEnded, auth_errors.SecondFactorOn),
    "change_password": (*_GUESS, auth_errors.WrongPassword),
    "end_session": (kernel_errors.NotFound,),
    "begin_second_factor": (*_GUESS, auth_errors.WrongPassword, auth_errors.SecondFactorOn),
    "confirm_second_factor": (auth_errors.WrongCode, auth_errors.NoEnrolment),
    "renew_recovery_codes": (*_GUESS, auth_errors.WrongPassword, auth_errors.WrongCode, auth_errors.SecondFactorOff),
    "disable_second_factor": (
        *_GUESS,
        auth_errors.WrongPassword,
        auth_errors.WrongCode,
        auth_errors.SecondFactorOff,
        auth_errors.SecondFactorNeeded,
    ),
    "reset_second_factor": (directory_errors.OwnersOnly,),
    "update_log_in_policy": (auth_errors.NoSignOn,),
    "create_identity_provider": (auth_errors.DomainTaken, kernel_errors.Conflict),
    "update_identity_provider": (auth_errors.DomainTaken,),
    "delete_identity_provider": (kernel_errors.Conflict,),
    "find_sign_on": (api_errors.RateLimited,),
    "begin_sign_on": (api_errors.RateLimited, kernel_errors.NotFound, auth_errors.SignOnFailed),
    "finish_sign_on": (
        api_errors.RateLimited,
        auth_errors.SignOnExpired,
        auth_errors.SignOnRefused,
        auth_errors.SignOnFailed,
        auth_errors.AddressUnverified,
        auth_errors.SignOnUnknown,
    ),
    "get_access_token": (api_errors.RateLimited,),
    "create_user": _USER,
    "update_user": (*_USER, directory_errors.LastOwner),
    "delete_user": (directory_errors.OwnersOnly, directory_errors.LastOwner, kernel_errors.InvalidInput),
    "invite_user": (directory_errors.OwnersOnly, directory_errors.EscalationRefused, kernel_errors.Conflict),
    "accept_invitation": (directory_errors.InvitationInvalid,),
    "create_role": (directory_errors.NameTaken, directory_errors.EscalationRefused),
    "update_role": (directory_errors.NameTaken, directory_errors.EscalationRefused),
    "delete_role": (directory_errors.StillInUse,),
    "create_department": (directory_errors.NameTaken,),
    "update_department": (directory_errors.NameTaken, directory_errors.DepartmentCycle),
    "delete_department": (directory_errors.StillInUse,),
    "create_team": (directory_errors.NameTaken,),
    "update_team": (directory_errors.NameTaken,),
    "delete_team": (directory_errors.StillInUse,),
    "create_grant": (directory_errors.EscalationRefused,),
    "accept_grant": _GRANT,
    "end_grant": (directory_errors.GrantOver,),
    "get_provider": _CONSOLE,
    "update_provider": _CONSOLE,
    "list_clients": _CONSOLE,
    "create_client": (*_CONSOLE, directory_errors.EmailTaken),
    "get_client": _CONSOLE,
    "update_client": _CONSOLE,
    "invite_client_owner": (*_CONSOLE, kernel_errors.Conflict),
    "list_provider_grants": _CONSOLE,
    "request_grant": _CONSOLE,
    "withdraw_grant": (*_CONSOLE, directory_errors.GrantOver),
    "get_plan": (billing_errors.NoPlan,),
    "update_plan": (billing_errors.NoPlan, billing_errors.SeatsInUse, billing_errors.NotSold),
    "get_usage": (billing_errors.NoPlan,),
    "preview_invoice": (billing_errors.NoPlan,),
    "create_provider_plan": (billing_errors.PlanNameTaken,),
    "update_provider_plan": (billing_errors.PlanNameTaken,),
    "set_plan_prices": (billing_errors.PriceInThePast,),
    "create_rate_deck": (billing_errors.PlanNameTaken,),
    "import_rates": (billing_errors.PriceInThePast,),
    "list_seats": (billing_errors.NoPlan,),
    "assign_seat": (billing_errors.NoPlan, billing_errors.NoFreeSeat, billing_errors.NotSold),
    "create_queue": (directory_errors.NameTaken,),
    "update_queue": (directory_errors.NameTaken,),
    "delete_queue": (directory_errors.StillInUse,),
    "create_number": (directory_errors.NumberTaken,),
    "delete_number": (directory_errors.StillInUse,),
    "create_flow": (*_DOCUMENT, *_NAMED),
    "get_flow_document": (flow_errors.UnknownVersion, flow_errors.NoDraft),
    "save_flow_draft": _DOCUMENT,
    "check_flow": (flow_errors.NoDraft,),
    "publish_flow": (flow_errors.NoDraft, flow_errors.FlowNotValid),
    "roll_back_flow": (flow_errors.UnknownVersion, flow_errors.AlreadyLive, flow_errors.FlowNotValid),
    "try_flow": (flow_errors.UnknownVersion, flow_errors.NoDraft),
    "delete_flow": (flow_errors.NamedByFlows,),
    "create_calendar": (flow_errors.WrongCalendar, *_NAMED),
    "replace_calendar": (flow_errors.WrongCalendar,),
    "delete_calendar": (flow_errors.NamedByFlows, directory_errors.StillInUse),
    "create_prompt": (*_NAMED, voices.CannotSpeak),
    "upload_prompt": (prompt_store.WrongPrompt,),
    "speak_prompt": (voices.CannotSpeak,),
    "delete_prompt": (flow_errors.NamedByFlows,),
    "create_robot": (flow_errors.WrongRobot, *_NAMED),
    "replace_robot": (flow_errors.WrongRobot,),
    "delete_robot": (flow_errors.NamedByFlows,),
    "create_flow_credential": _NAMED,
    "delete_flow_credential": (flow_errors.NamedByFlows,),
    "create_contact": (contact_errors.ExternalIdTaken,),
    "update_contact": (contact_errors.ExternalIdTaken,),
    "import_contacts": (contact_errors.ExternalIdTaken, kernel_errors.InvalidInput, api_errors.UnsupportedMediaType),
    "create_trunk": (directory_errors.SourceTaken,),
    "update_trunk": (directory_errors.SourceTaken,),
    "delete_trunk": (directory_errors.StillInUse,),
    "create_phone_domain": (directory_errors.PhoneDomainTaken,),
    "delete_phone_domain": (directory_errors.StillInUse,),
    "create_phone": (directory_errors.NameTaken,),
    "get_recording_audio": (api_errors.RangeNotSatisfiable, sealing.Damaged, keys.WrongServerKey),
    "set_retention": (kernel_errors.RevisionMismatch,),
    "lift_hold": (kernel_errors.Conflict,),
    "create_erasure": (privacy_errors.PersonOnHold,),
    "get_export_file": (privacy_errors.JobNotDone, privacy_errors.ExportGone),
    "get_certificate": (privacy_errors.JobNotDone,),
    "verify_invoice": (invoice_errors.InvoiceStateRefused,),
    "verify_provider_invoice": (invoice_errors.InvoiceStateRefused,),
    "get_billing_settings": (kernel_errors.NotFound, invoice_errors.IssuerUnknown),
    "set_billing_settings": (kernel_errors.NotFound,),
    "set_client_tax": (kernel_errors.NotFound,),
    "list_provider_invoices": (kernel_errors.NotFound,),
    "list_margins": (kernel_errors.NotFound,),
    "get_margins_csv": (kernel_errors.NotFound,),
    "create_invoice_run": (kernel_errors.NotFound, invoice_errors.IssuerUnknown, invoice_errors.PeriodNotOver),
    "create_credit_note": (invoice_errors.InvoiceStateRefused, invoice_errors.NothingLeftToCredit),
    "create_payment": (invoice_errors.InvoiceStateRefused, invoice_errors.WrongCurrency),
    "create_refund": (
        invoice_errors.InvoiceStateRefused,
        invoice_errors.RefundTooLarge,
        invoice_errors.WrongCurrency,
    ),
    "get_agent_time": (kernel_errors.NotFound,),
    "get_agent_time_csv": (kernel_errors.NotFound,),
    "supervise_call": (
        *_SUPERVISION,
        routing_errors.CallNotConnected,
        routing_errors.SupervisorBusy,
        routing_errors.SupervisorsFull,
    ),
    "list_callbacks": (routing_errors.RoutingUnavailable,),
    "request_callback": (
        *_CALLBACK,
        routing_errors.DestinationNotAllowed,
        routing_errors.PremiumNotAllowed,
        routing_errors.DailySpendReached,
        routing_errors.Suspended,
    ),
    "get_callback": (routing_errors.RoutingUnavailable,),
    "update_callback": (
        *_CALLBACK,
        callback_errors.CallbackUnderWay,
    ),
    "cancel_callback": (callback_errors.CallbackUnderWay, routing_errors.RoutingUnavailable),
    "callback_instead": (*_CALLBACK, routing_errors.CallGone, routing_errors.CallNotWaiting),
    "list_voicemails": (routing_errors.RoutingUnavailable,),
    "get_voicemail": (routing_errors.RoutingUnavailable,),
    "erase_voicemail": (privacy_errors.ThingOnHold, routing_errors.RoutingUnavailable),
    "assign_voicemail": (voicemail_errors.VoicemailTakenByOther, routing_errors.RoutingUnavailable),
    "get_voicemail_audio": (
        api_errors.RangeNotSatisfiable,
        sealing.Damaged,
        keys.WrongServerKey,
        routing_errors.RoutingUnavailable,
    ),
    "take_voicemail": _WORK,
    "reject_voicemail": (routing_errors.OfferGone, routing_errors.RoutingUnavailable),
    "give_back_voicemail": _MESSAGE,
    "finish_voicemail": (*_MESSAGE, routing_errors.UnknownDisposition),
    "transfer_call": (
        *_CALLING_IN,
        routing_errors.CannotQueue,
        routing_errors.UnknownQueue,
        routing_errors.UnknownSkill,
    ),
    "begin_consultation": (*_CALLING_IN, routing_errors.OwnNumber),
    "end_consultation": (*_PASSING, routing_errors.SoftphoneUnreachable),
    "hand_over_call": (*_PASSING, routing_errors.NobodyInvited),
    "confer_call": (*_PASSING, routing_errors.NobodyInvited),
    "drop_call_party": (*_PASSING, routing_errors.PartyGone),
    "leave_call": (routing_errors.RoutingUnavailable,),
    "take_over_call": (
        *_SUPERVISION,
        routing_errors.CallNotConnected,
        routing_errors.AlreadyOnCall,
        routing_errors.ClientNotServed,
    ),
    "move_waiting_call": (*_SUPERVISION, routing_errors.CallNotWaiting),
    "pick_waiting_call": (
        *_SUPERVISION,
        routing_errors.CallNotWaiting,
        routing_errors.AgentNotFree,
        routing_errors.AlreadyOnCall,
        routing_errors.ClientNotServed,
    ),
    "force_agent_state": (*_SUPERVISION, routing_errors.UnknownReason, routing_errors.UnknownState),
    "read_client_indicators": _CONSOLE,
    "get_clients_live": _CONSOLE,
    "acknowledge_alert": (keeping.AlertOver,),
    "create_alert_rule": (keeping.TooManyRules,),
    "create_webhook": (webhook_errors.TooManyWebhooks,),
    "health": (api_errors.Unhealthy,),
}
"""Beside those that follow from the shape of an operation."""

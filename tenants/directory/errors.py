"""What can go wrong when a tenant's configuration is changed."""

from kernel.primitives.errors import CordboardError


class EmailTaken(CordboardError):
    code = "email_taken"
    status = 409
    title = "Another user has this e-mail address"


class LastOwner(CordboardError):
    code = "last_owner"
    status = 409
    title = "A tenant keeps at least one active owner"


class OwnersOnly(CordboardError):
    code = "owners_only"
    status = 403
    title = "Only an owner may make or change owners"


class NameTaken(CordboardError):
    code = "name_taken"
    status = 409
    title = "Another one has this name"


class NumberTaken(CordboardError):
    code = "number_taken"
    status = 409
    title = "The number is in use already"


class CallerMarked(CordboardError):
    code = "caller_marked"
    status = 409
    title = "The number has a mark already"


class PhoneDomainTaken(CordboardError):
    code = "phone_domain_taken"
    status = 409
    title = "The telephone domain is in use already"


class SourceTaken(CordboardError):
    """`extra`: trunk, the id of the other one."""

    code = "source_taken"
    status = 409
    title = "Another trunk is recognised by this source"


class StillInUse(CordboardError):
    """`extra`: used_by, a list of {kind, id}."""

    code = "still_in_use"
    status = 409
    title = "Something else refers to it"


class EscalationRefused(CordboardError):
    """`extra`: permissions, those that who asks does not have."""

    code = "escalation_refused"
    status = 403
    title = "Nobody gives away a permission that they do not have"


class GrantOver(CordboardError):
    code = "grant_over"
    status = 409
    title = "The grant is not in a state that allows this"


class NoSuchClient(CordboardError):
    """Also where there is such a client, but no live grant for who asks."""

    code = "no_such_client"
    status = 404
    title = "There is no such client that you may act in"


class ProviderOnly(CordboardError):
    code = "provider_only"
    status = 403
    title = "Only a provider's own people have its console"


class DepartmentCycle(CordboardError):
    code = "department_cycle"
    status = 409
    title = "A department cannot be below itself"


class ClientClosed(CordboardError):
    code = "client_closed"
    status = 403
    title = "This tenant is closed"


class InvitationInvalid(CordboardError):
    code = "invitation_invalid"
    status = 409
    title = "The invitation was used, replaced or has expired"

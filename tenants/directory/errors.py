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

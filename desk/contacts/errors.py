"""What can be wrong with a contact beside its fields."""

from kernel.primitives.errors import CordboardError


class ExternalIdTaken(CordboardError):
    """`extra`: contact, the id of who has it."""

    code = "external_id_taken"
    status = 409
    title = "Another contact has this external id"

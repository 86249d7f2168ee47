"""Telephone numbers as they are sent to the API."""

from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber


def read_number(text: str) -> PhoneNumber:
    """InvalidInput for what is no number in international form."""
    try:
        return PhoneNumber.parse(text)
    except ValueError as error:
        problem = {"field": "number", "code": "not_a_number", "detail": str(error)}
        raise InvalidInput("Write the number internationally.", errors=[problem]) from error

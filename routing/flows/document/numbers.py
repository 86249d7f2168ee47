"""Telephone numbers in texts."""

from kernel.primitives.phone import PhoneNumber


def number_of(text: str) -> PhoneNumber | None:
    """None where the text is no number that can be called."""
    try:
        return PhoneNumber.parse(text)
    except ValueError:
        return None

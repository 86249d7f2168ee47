"""What agents' telephones dial: another telephone of the tenant by its user name, or a number."""

from collections.abc import Callable

from gateway.sip.errors import SipError
from gateway.sip.message import Request
from gateway.sip.uri_escape import unescape
from gateway.trunks.numbers import VISUAL_SEPARATORS, called_number
from kernel.primitives.ids import TenantId
from kernel.primitives.phone import PhoneNumber

HOW_TO_DIAL = "Dial +44..., 0044..., a number as dialled in your country, or the user name of a telephone"


class DialPlan:
    """`region_of(tenant)`: whose national numbers it dials; `has_telephone(tenant, name)`: whether it has this one."""

    def __init__(
        self, region_of: Callable[[TenantId], str | None], has_telephone: Callable[[TenantId, str], bool]
    ) -> None:
        self._region_of = region_of
        self._has_telephone = has_telephone

    def read(self, tenant: TenantId, request: Request) -> PhoneNumber | str | None:
        """A number, the user name of a telephone, or None where it is neither.

        No name hides an emergency number, else names come first: an extension such as 2001 may look like a number.
        """
        number = called_number(request, self._region_of(tenant), read_dialled)
        try:
            user = request.uri.user or ""
        except SipError:
            user = ""
        return self._chosen(tenant, user, number)

    def read_user(self, tenant: TenantId, user: str) -> PhoneNumber | str | None:
        """The same of the user part of an address that a telephone names."""
        return self._chosen(tenant, user, read_dialled(user, self._region_of(tenant)))

    def _chosen(self, tenant: TenantId, user: str, number: PhoneNumber | None) -> PhoneNumber | str | None:
        try:
            name = unescape(user).lower()
        except SipError:
            return number
        known = self._has_telephone(tenant, name) and not (number is not None and number.emergency)
        return name if known else number


def read_dialled(text: str, region: str | None) -> PhoneNumber | None:
    """A number as people dial it: `+44...`, `0044...` in every country, or national in `region`.

    Never international without its plus, as carriers write it: a national number without its zero would ring abroad.
    """
    digits = text.partition(";")[0].translate(VISUAL_SEPARATORS)
    if digits.startswith("00"):
        digits = f"+{digits[2:]}"
    if not digits.removeprefix("+").isdigit() or not digits.isascii():
        return None
    try:
        return PhoneNumber.parse(digits, region)
    except ValueError:
        return None

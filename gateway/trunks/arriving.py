"""A call that a carrier sends: by which trunk it came, whom it calls and who calls."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.message import Request
from gateway.trunks.carried import diverting_number
from gateway.trunks.numbers import called_number, calling_number
from gateway.trunks.writing import read_arriving
from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import TrunkId
from kernel.primitives.phone import PhoneNumber


class Stray(StrEnum):
    NO_NUMBER = "no number"  # nothing that it calls can be read
    NOT_OURS = "not ours"  # nobody has the number, of those who share this carrier


class Arrived(msgspec.Struct, frozen=True):
    """`caller` None: hidden, or none that can be read; `diverted_by`: who forwarded the call to us."""

    trunk: TrunkConfig
    called: PhoneNumber
    caller: PhoneNumber | None
    diverted_by: PhoneNumber | None = None


def contact_user(trunk: TrunkId) -> str:
    """The user part by which a carrier at which we registered names the trunk in its Request-URIs."""
    return f"t{trunk.hex}"


def registered_as(request: Request, trunks: Sequence[TrunkConfig]) -> TrunkConfig | None:
    """The trunk whose registration this call follows; several tenants may register at one carrier."""
    try:
        user = request.uri.user
    except SipError:
        return None
    return next((trunk for trunk in trunks if trunk.options.registration and contact_user(trunk.trunk) == user), None)


def read_call(request: Request, trunk: TrunkConfig) -> Arrived | None:
    """The numbers as this trunk writes them; None where the called one cannot be read."""
    rules = trunk.options.numbers

    def read(text: str, region: str | None) -> PhoneNumber | None:
        return read_arriving(text, region, rules)

    called = called_number(request, trunk.region, read)
    if called is None:
        return None
    diverted_by = diverting_number(request, trunk.region, rules)
    return Arrived(trunk, called, calling_number(request, trunk.region, read), diverted_by)

"""Who can be dialled into a call: a number behind a trunk, or a telephone of ours."""

import msgspec

from kernel.primitives.ids import TrunkId
from kernel.primitives.phone import PhoneNumber


class TrunkParty(msgspec.Struct, frozen=True, tag="trunk"):
    """A telephone number, dialled through `trunk`; None: through whichever of the tenant's trunks leads there."""

    called: PhoneNumber
    caller: PhoneNumber | None = None
    trunk: TrunkId | None = None


class PhoneParty(msgspec.Struct, frozen=True, tag="phone"):
    """A telephone that registers with us, by its user name within the tenant.

    It shows the number `caller`, or the user name `by` of the telephone that calls it.
    """

    user: str
    caller: PhoneNumber | None = None
    by: str = ""


PartyAddress = TrunkParty | PhoneParty

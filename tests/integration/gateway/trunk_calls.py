"""Trunks with their options, and calls placed by them."""

from typing import Any
from uuid import UUID

from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from kernel.contracts.telephony import PlaceCall
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import CallId, TrunkId

CALL, OTHER_CALL = CallId(UUID(int=99)), CallId(UUID(int=98))


async def know(rig: Rig, trunk: TrunkId, port: int, **options: Any) -> None:
    """A trunk of ours with these options, and one of the other tenant's at the same carrier."""
    fields = {name: options.pop(name) for name in ("username", "password") if name in options}
    rig.trunks.all = [one for one in rig.trunks.all if one.trunk != trunk]
    await rig.know(OURS, trunk, port, options=TrunkOptions(**options), **fields)


async def dial(rig: Rig, call: CallId = CALL, **changes: Any) -> None:
    fields: dict[str, Any] = {"call": call, "agent": ANNA, "trunk": TRUNK, "called": NUMBER, "caller": CALLER}
    await rig.order(PlaceCall, **(fields | changes))

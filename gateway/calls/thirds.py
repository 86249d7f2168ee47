"""Supervisors who take part in a call: no leg of it ends with them, and they end with it."""

from gateway.calls.model import Call, Third
from kernel.contracts.supervision import SuperviseCall
from kernel.primitives.ids import UserId


def take_part(call: Call, order: SuperviseCall, media: str | None) -> None:
    """Said again it changes the manner."""
    third = Third(supervisor=order.supervisor, home=order.home, manner=order.manner, media=media)
    call.thirds = (*(one for one in call.thirds if one.supervisor != order.supervisor), third)


def leave(call: Call, supervisor: UserId) -> None:
    call.thirds = tuple(one for one in call.thirds if one.supervisor != supervisor)


def attach(call: Call, supervisor: UserId, media: str) -> None:
    """The browser has a leg that works."""
    for third in call.thirds:
        if third.supervisor == supervisor:
            third.media = media


def detach(call: Call, supervisor: UserId, media: str) -> None:
    for third in call.thirds:
        if third.supervisor == supervisor and third.media == media:
            third.media = None

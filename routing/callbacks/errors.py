"""Why a callback cannot be had; each can be shown, or spoken, by its code."""

from kernel.primitives.errors import CordboardError


class CallbackNotPossible(CordboardError):
    """`extra`: field."""

    code = "callback_not_possible"
    status = 422
    title = "This callback cannot be promised"


class CallbacksFull(CordboardError):
    """`extra`: allowed."""

    code = "callbacks_full"
    status = 409
    title = "The queue has promised as many callbacks as it can keep"


class CallbackUnderWay(CordboardError):
    code = "callback_under_way"
    status = 409
    title = "The customer is on the line already"

"""What can go wrong with seats; each tells whom to ask."""

from kernel.primitives.errors import CordboardError


class NoFreeSeat(CordboardError):
    """`extra`: plan, seats, assigned, contact."""

    code = "no_free_seat"
    status = 409
    title = "All bought seats are assigned"


class SeatsInUse(CordboardError):
    """`extra`: seats, assigned."""

    code = "seats_in_use"
    status = 409
    title = "More seats are assigned than would be left"


class NoPlan(CordboardError):
    code = "no_plan"
    status = 409
    title = "The tenant has no plan yet"


class NotSold(CordboardError):
    """`extra`: plan."""

    code = "not_sold"
    status = 409
    title = "The plan does not have this"


class PriceInThePast(CordboardError):
    code = "price_in_the_past"
    status = 409
    title = "Prices take effect from now on, never backward"


class PlanNameTaken(CordboardError):
    code = "plan_name_taken"
    status = 409
    title = "Another plan or deck of the price list has this name"

"""What is wrong with a flow, and what to do."""

from enum import StrEnum

import msgspec


class Code(StrEnum):
    NO_START = "no_start"
    NOT_CONNECTED = "not_connected"
    UNKNOWN_NODE = "unknown_node"
    UNREACHABLE = "unreachable"
    NO_WAY_OUT = "no_way_out"
    CIRCLE = "circle"
    UNKNOWN_NAME = "unknown_name"
    WRONG_NUMBER = "wrong_number"
    WRONG_TEXT = "wrong_text"
    WRONG_URL = "wrong_url"
    UNSET_VARIABLE = "unset_variable"
    GIVEN_VARIABLE = "given_variable"
    TOO_MANY = "too_many"
    CONTRADICTION = "contradiction"


class Problem(msgspec.Struct, frozen=True, order=True):
    """`node` "": the flow as a whole; `field` is the path inside the node; `message` says what to do."""

    node: str
    field: str
    code: Code
    message: str

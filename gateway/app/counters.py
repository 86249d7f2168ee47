"""Figures of the gateway since its start, for metrics; SIP's and the sockets' own are beside them."""

import msgspec


class GatewayCounters(msgspec.Struct):
    calls_arrived: int = 0
    calls_placed: int = 0
    calls_dialled: int = 0  # by telephones of agents
    calls_answered: int = 0
    calls_ended: int = 0
    calls_unreadable: int = 0  # no telephone number in the Request-URI or To
    calls_not_ours: int = 0  # a number that belongs to no tenant of this trunk
    calls_beyond_trunk: int = 0  # all of the trunk's channels were in use, or too many calls came in a second
    commands: int = 0
    commands_without_call: int = 0  # late ones: the call had ended
    commands_unreadable: int = 0
    softphones_made: int = 0
    saves_failed: int = 0

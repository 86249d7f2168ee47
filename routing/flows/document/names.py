"""How things are named in documents; patterns hold in Python and in the JSON schema (ECMA 262) alike.

`$(?!\\n)`: Python's `$` would let a line feed follow.
"""

from typing import Annotated, Literal

from msgspec import Meta

from routing.flows import limits

_SLUG = f"^[a-z][a-z0-9_]{{0,{limits.NAME_LENGTH - 1}}}$(?!\\n)"
_LONG_SLUG = "^[a-z0-9][a-z0-9_-]{0,63}$(?!\\n)"

NodeId = Annotated[str, Meta(pattern=_SLUG, description="names a node of this flow")]
Target = Annotated[
    str,
    Meta(
        pattern=f"^([a-z][a-z0-9_]{{0,{limits.NAME_LENGTH - 1}}})?$(?!\\n)",
        description='the node to go to; "" while the exit is not connected',
    ),
]
Variable = Annotated[str, Meta(pattern=_SLUG)]
FlowName = Annotated[str, Meta(pattern=_LONG_SLUG)]
PromptName = Annotated[str, Meta(pattern=_LONG_SLUG, description="as in the prompt store")]
CalendarName = Annotated[str, Meta(pattern=_LONG_SLUG)]
SkillName = Annotated[str, Meta(pattern=_LONG_SLUG)]
RobotName = Annotated[str, Meta(pattern=_LONG_SLUG)]
CredentialName = Annotated[str, Meta(pattern=_LONG_SLUG, description="a secret kept apart from the document")]
PhoneUser = Annotated[str, Meta(min_length=1, max_length=64)]
HeaderName = Annotated[str, Meta(pattern="^[A-Za-z][A-Za-z0-9-]{0,63}$(?!\\n)")]
FieldPath = Annotated[
    str,
    Meta(
        pattern="^[A-Za-z0-9_-]{1,64}(\\.[A-Za-z0-9_-]{1,64}){0,7}$(?!\\n)",
        description="from the answer's top to a value, such as customer.orders.0.state",
    ),
]
Language = Annotated[str, Meta(pattern="^[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}$(?!\\n)", description="BCP 47, as en-GB")]
Template = Annotated[str, Meta(max_length=limits.TEXT_LENGTH, description="text with {variables}; {{ is a brace")]
Value = Annotated[str, Meta(max_length=limits.VALUE_LENGTH)]
Keys = Annotated[str, Meta(pattern=f"^[0-9*#]{{1,{limits.OPTION_KEYS}}}$(?!\\n)")]
Key = Annotated[str, Meta(pattern="^[0-9*#]$(?!\\n)")]
OptionalKey = Annotated[str, Meta(pattern="^[0-9*#]?$(?!\\n)")]
Seconds = Annotated[float, Meta(ge=0.5, le=limits.WAIT_SECONDS)]
Retries = Annotated[int, Meta(ge=0, le=limits.RETRIES)]
E164 = Annotated[str, Meta(pattern="^\\+[1-9][0-9]{2,14}$(?!\\n)", description="an international number")]

CALLER: Variable = "caller"
CALLED: Variable = "called"
DIVERTED_BY: Variable = "diverted_by"
GIVEN = frozenset({CALLER, CALLED, DIVERTED_BY})
"""Variables that every call has and no flow may set; "" where the number is withheld or the call was not diverted."""

KEYPAD = frozenset("0123456789*#")
DIGITS = frozenset("0123456789")
Digit = Literal["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#", "A", "B", "C", "D"]  # RFC 4733 3.2

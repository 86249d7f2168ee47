"""By which telephone agents may work in place of the browser."""

from uuid import UUID

from api.schemas.common import Body, Input
from tenants.directory.telephones import TelephoneMode


class AgentTelephoneBody(Body, frozen=True):
    """`phone` is the user name of a telephone that registers with us, `number` one outside that is called through
    the tenant's trunk for calls out: for each call, or with the `mode` `kept` once, from the log-in on, so that callers
    are there at once after a tone. `only`: the agent cannot choose the browser."""

    user_id: UUID
    phone: str | None
    number: str | None
    only: bool
    mode: TelephoneMode


class AgentTelephoneInput(Input, frozen=True):
    """Either `phone`, a telephone of this agent, or `number` in international form; `kept` goes with a number."""

    phone: str | None = None
    number: str | None = None
    only: bool = False
    mode: TelephoneMode = TelephoneMode.EACH_CALL


class AgentTelephoneList(Body, frozen=True):
    """All others work in the browser."""

    agents: tuple[AgentTelephoneBody, ...]

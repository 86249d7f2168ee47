"""By which telephone agents may work in place of the browser."""

from uuid import UUID

from api.schemas.common import Body, Input


class AgentTelephoneBody(Body, frozen=True):
    """`phone` is the user name of a telephone that registers with us, `number` one outside that is called for each call
    through the tenant's trunk for calls out. `only`: the agent cannot choose the browser."""

    user_id: UUID
    phone: str | None
    number: str | None
    only: bool


class AgentTelephoneInput(Input, frozen=True):
    """Either `phone`, a telephone of this agent, or `number` in international form."""

    phone: str | None = None
    number: str | None = None
    only: bool = False


class AgentTelephoneList(Body, frozen=True):
    """All others work in the browser."""

    agents: tuple[AgentTelephoneBody, ...]

"""Log-ins that are half done: a ticket for who showed a right password, good for minutes."""

import secrets
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
from sqlalchemy import CursorResult, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.tables import LoginTicketRow
from api.auth.tokens import token_hash
from kernel.primitives.ids import UserId
from kernel.primitives.secret import Secret
from tenants.directory import Login

TICKET_SECONDS = 600.0  # to find the telephone, or to set up an authenticator for the first time
TICKET_BYTES = 32  # beyond guessing
TICKET_LENGTH = 100  # longer is none of ours

_tickets = LoginTicketRow.table()


class Purpose(StrEnum):
    CODE = "code"
    ENROLMENT = "enrolment"


class Ticket(msgspec.Struct, frozen=True):
    user: UserId
    purpose: Purpose


class TicketStore:
    """operator-wide: a ticket names its user and tenant."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def open(self, login: Login, purpose: Purpose, now: datetime) -> Secret:
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        await self._session.execute(delete(_tickets).where(_tickets.c.expires_at <= now))
        await self._session.execute(
            insert(_tickets).values(
                token_hash=token_hash(ticket),
                tenant_id=login.tenant,
                user_id=login.user,
                purpose=str(purpose),
                expires_at=now + timedelta(seconds=TICKET_SECONDS),
            )
        )
        return Secret(ticket)

    async def find(self, ticket: Secret, now: datetime) -> Ticket | None:
        if len(ticket.reveal()) > TICKET_LENGTH:
            return None
        query = select(_tickets).where(
            _tickets.c.token_hash == token_hash(ticket.reveal()), _tickets.c.expires_at > now
        )
        row = (await self._session.execute(query)).one_or_none()
        return None if row is None else Ticket(UserId(row.user_id), Purpose(row.purpose))

    async def redeem(self, ticket: Secret) -> bool:
        """Whether it was there: it is good for one session."""
        outcome = await self._session.execute(
            delete(_tickets).where(_tickets.c.token_hash == token_hash(ticket.reveal()))
        )
        return isinstance(outcome, CursorResult) and outcome.rowcount == 1

    async def drop_all(self, user: UserId) -> None:
        """After a new password."""
        await self._session.execute(delete(_tickets).where(_tickets.c.user_id == user))

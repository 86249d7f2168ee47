"""A POST with an `Idempotency-Key` is carried out once: the one place that sees to it, before and after each handler.

The key is reserved before the handler runs, so that a copy of the request, at whichever process, waits for its answer.
The answer is kept before it leaves; `Work.create` keeps it in the transaction of the act itself. Where the process dies
between an act and the keeping of its answer, a later copy is left to what the act says when it is done already.
"""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import msgspec
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from sqlalchemy import and_, delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from api.auth.permissions import Rule
from api.auth.principal import Principal
from api.auth.tables import IdempotencyRow
from api.errors import KeyInUse, KeyReused
from api.services import Services
from kernel.primitives.errors import InvalidInput
from kernel.primitives.secret import Secret

IDEMPOTENCY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotent-Replayed"
KEY_LENGTH = 128  # a UUID has 36
KEPT = timedelta(hours=24)  # longer than any client goes on trying
CARRIED_OUT = timedelta(minutes=1)  # longer than any request takes; then its process died, and a copy may act
PATIENCE = 5.0  # seconds that a copy waits for the answer: most take less than one
LOOKED_AGAIN = 0.05  # seconds
SEALED_FOR = "idempotency"  # a kept answer may hold what is shown only once, such as a new key
NO_CONTENT = 204
GOOD = range(200, 300)
NO_ANSWER_YET = 0  # in place of a status
FORGOTTEN_HEADERS = frozenset({"content-length", "set-cookie"})  # made anew; a session is nobody's to have twice
_STATE = "reservation"

_keys = IdempotencyRow.table()


class Kept(NamedTuple):
    """An answer, as it is given again."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class KeyOf(NamedTuple):
    """Whose key, and for which request."""

    principal: Principal
    key: str
    fingerprint: bytes

    @property
    def row(self) -> Any:
        return and_(
            _keys.c.tenant_id == self.principal.tenant,
            _keys.c.user_id == self.principal.subject,
            _keys.c.key == self.key,
        )


class Reservation:
    """The right to carry a request out, from `at` on; over when its answer is kept, or given up."""

    def __init__(self, services: Services, key: KeyOf, at: datetime) -> None:
        self.over = False
        self._services = services
        self._key = key
        self._mine = and_(key.row, _keys.c.at == at, _keys.c.status == NO_ANSWER_YET)

    async def keep(self, session: AsyncSession, answer: Kept) -> None:
        """KeyInUse where it took so long that a copy is being carried out: what was done is to be rolled back."""
        values = {
            "status": answer.status,
            "headers": msgspec.json.encode(dict(answer.headers)),
            "body": self._services.secrets.seal(Secret(answer.body.decode()), SEALED_FOR),
        }
        kept = await session.execute(update(_keys).where(self._mine).values(values).returning(_keys.c.key))
        if kept.first() is None:
            raise _in_use()

    async def finish(self, answer: Kept) -> None:
        """After a handler: a good answer is kept, another one leaves the key as if it had not been sent."""
        self.over = True
        async with self._services.database.write(self._key.principal.scope) as unit:
            if answer.status in GOOD:
                await self.keep(unit.session, answer)
            else:
                await unit.session.execute(delete(_keys).where(self._mine))


def reservation_of(request: Request[Any, Any, Any]) -> Reservation | None:
    """None: the request has no key, or its answer is kept already."""
    found: Reservation | None = request.scope["state"].get(_STATE)
    return None if found is None or found.over else found


# --- before the handler ---


def honours(method: str, rule: Rule | None) -> bool:
    """Whether a key counts; not before anybody is known, nor for one's own password and codes, which are good once."""
    return method == "POST" and rule is not None and not rule.public and not rule.people


async def answer_or_reserve(request: Request[Any, Any, Any]) -> Response[Any] | None:
    """A Litestar hook behind the guard: the kept answer, or None and the right to make it.

    InvalidInput, KeyReused, KeyInUse.
    """
    text = request.headers.get(IDEMPOTENCY_HEADER)
    # The guard put it there; it lets strangers through without.
    rule: Rule | None = cast(Any, request.scope).get("auth")
    if text is None or not honours(request.method, rule):
        return None
    if not (0 < len(text) <= KEY_LENGTH and text.isascii() and text.isprintable()):
        raise InvalidInput(f"An {IDEMPOTENCY_HEADER} has 1 to {KEY_LENGTH} printable ASCII characters.")
    services: Services = request.app.state["services"]
    path = f"{request.method} {request.url.path}\n".encode()
    key = KeyOf(request.user, text, fingerprint(services, path + await request.body()))
    for _ in range(round(PATIENCE / LOOKED_AGAIN)):
        try:
            found = await _look(services, key)
        except IntegrityError:  # a copy came between
            found = None
        if isinstance(found, Reservation):
            request.scope["state"][_STATE] = found
            return None
        if found is not None:
            return _again(found)
        await asyncio.sleep(LOOKED_AGAIN)
    raise _in_use()


def fingerprint(services: Services, request: bytes) -> bytes:
    return services.secrets.digest(request, SEALED_FOR)


async def _look(services: Services, key: KeyOf) -> Kept | Reservation | None:
    """None: a copy of it is being carried out."""
    now = services.clock.now()
    async with services.database.write(key.principal.scope) as unit:
        row = (await unit.session.execute(select(_keys).where(key.row))).one_or_none()
        if row is not None and row.at > now - (CARRIED_OUT if row.status == NO_ANSWER_YET else KEPT):
            if row.fingerprint != key.fingerprint:
                raise KeyReused(f"Use a new {IDEMPOTENCY_HEADER} for another request.")
            return None if row.status == NO_ANSWER_YET else _kept(services, row)
        await unit.session.execute(delete(_keys).where((_keys.c.at <= now - KEPT) | key.row))
        await unit.session.execute(
            insert(_keys).values(
                tenant_id=key.principal.tenant,
                user_id=key.principal.subject,
                key=key.key,
                fingerprint=key.fingerprint,
                at=now,
                status=NO_ANSWER_YET,
                headers=b"{}",
                body=b"",
            )
        )
    return Reservation(services, key, now)


def _kept(services: Services, row: Any) -> Kept:
    headers: Mapping[str, str] = msgspec.json.decode(row.headers, type=dict[str, str])
    return Kept(row.status, headers, services.secrets.open(row.body, SEALED_FOR).reveal().encode())


def _again(kept: Kept) -> Response[Any]:
    headers = {name.lower(): value for name, value in kept.headers.items()} | {REPLAYED_HEADER.lower(): "true"}
    media = headers.pop("content-type", None)
    if kept.status == NO_CONTENT:
        return Response(None, status_code=kept.status, headers=headers)
    return Response(kept.body, status_code=kept.status, headers=headers, media_type=media or "application/json")


def _in_use() -> KeyInUse:
    return KeyInUse("The same request is being carried out: send it again in a moment.", retry_after=1)


# --- after it ---


class KeepAnswers(ASGIMiddleware):
    """Holds the answer to a request with a reserved key back until it is kept."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        held: list[Message] = []

        async def keep(message: Message) -> None:
            reservation: Reservation | None = scope["state"].get(_STATE)
            if reservation is None or reservation.over:
                await send(message)
                return
            held.append(message)
            if message["type"] == "http.response.body" and not message["more_body"]:
                whole = held.copy()
                held.clear()  # what cannot be kept does not leave: an error does in its place
                await reservation.finish(_answer(whole))
                for each in whole:
                    await send(each)

        try:
            await next_app(scope, receive, keep)
        finally:
            reservation: Reservation | None = scope["state"].get(_STATE)
            if reservation is not None and not reservation.over:
                await reservation.finish(Kept(NO_ANSWER_YET, {}, b""))


def _answer(messages: list[Message]) -> Kept:
    status, headers, body = NO_ANSWER_YET, dict[str, str](), b""
    for message in messages:
        if message["type"] == "http.response.start":
            status = message["status"]
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in message["headers"]}
        elif message["type"] == "http.response.body":
            body += message["body"]
    return Kept(status, {name: headers[name] for name in headers.keys() - FORGOTTEN_HEADERS}, body)

"""Every operation that the API's description tells of, as requests that can be sent: made of its examples."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import msgspec
from api_history import History
from api_invoices import issued_invoice
from api_server import OURS, Centre, log_in

from api.auth.permissions import OPERATIONS, Rule
from api.openapi import openapi_document
from api.openapi.examples import PATH_IDS
from api.work import JSON
from kernel.primitives.ids import QueueId
from tenants.directory import Role

METHODS = ("get", "put", "post", "patch", "delete")
EXAMPLE_ID = re.compile(r"0198c0de-0000-7000-8000-[0-9a-f]{12}")
RANKS = {"post": 0, "get": 1, "put": 2, "patch": 3, "delete": 5}
MADE = (201, 202)  # now, or as a job
LAST_POSTS = 4  # those that make nothing new come after all that look


class Operation(NamedTuple):
    """`parameters` (of the path), `body` and `answer` are examples; `status` is that of the good answer.

    `headers` are the names of those that it takes.
    """

    name: str
    method: str
    path: str
    parameters: Mapping[str, str]
    query: Mapping[str, Any]
    media: str | None
    body: Any
    status: int
    answer: Any
    schema: Any
    headers: frozenset[str]

    @property
    def rule(self) -> Rule:
        return OPERATIONS[self.name]

    @property
    def path_ids(self) -> set[str]:
        return set(EXAMPLE_ID.findall(self.path))

    @property
    def ids(self) -> set[str]:
        """The examples' ids that the request names."""
        return self.path_ids | set(EXAMPLE_ID.findall(msgspec.json.encode(self.body).decode()))


@cache
def operations() -> tuple[Operation, ...]:
    """In an order in which they can be carried out, so far as one can tell by their methods."""
    found = [
        _operation(method, path, methods[method])
        for path, methods in openapi_document()["paths"].items()
        for method in METHODS
        if method in methods
    ]
    return tuple(sorted(found, key=_rank))


def _rank(operation: Operation) -> tuple[int, int]:
    made = isinstance(operation.answer, dict) and operation.status in MADE
    rank = RANKS[operation.method] if made or operation.method != "post" else LAST_POSTS
    return rank, -operation.path.count("/") if operation.method == "delete" else 0


def _operation(method: str, path: str, told: dict[str, Any]) -> Operation:
    query: dict[str, Any] = {}
    places: dict[str, str] = {}
    for parameter in told.get("parameters", ()):
        if parameter["in"] == "path":
            places[parameter["name"]] = parameter["example"]
            path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
        elif parameter["required"]:
            query[parameter["name"]] = parameter["example"]
    media, content = _first(told.get("requestBody"))
    status = min(int(code) for code in told["responses"] if code.startswith(("2", "3")))
    kind, answer = _first(told["responses"][str(status)])
    answer = answer if kind == JSON else {}
    return Operation(
        name=told["operationId"],
        method=method,
        path=path,
        parameters=places,
        query=query,
        media=media,
        body=content.get("example"),
        status=status,
        answer=answer.get("example"),
        schema=answer.get("schema"),
        headers=frozenset(one["name"] for one in told.get("parameters", ()) if one["in"] == "header"),
    )


def _first(told: dict[str, Any] | None) -> tuple[str | None, dict[str, Any]]:
    """The media type of a body and what is said of it."""
    contents: dict[str, dict[str, Any]] = (told or {}).get("content", {})
    return next(iter(contents.items())) if contents else (None, {})


class World:
    """The real ids in one tenant of what the examples name."""

    def __init__(self, centre: Centre, folder: Path, domain: str = OURS) -> None:
        self.ids: dict[str, str] = {}
        self._centre = centre
        self._folder = folder
        self._domain = domain

    def path_parameters(self, operation: Operation) -> dict[str, str]:
        return {name: self.ids.get(value, value) for name, value in operation.parameters.items()}

    def knows(self, operation: Operation) -> bool:
        return operation.ids <= set(self.ids)

    def filled(self, text: str) -> str:
        """With real ids in place of the examples'; one that is unknown stays and names nothing."""
        return EXAMPLE_ID.sub(lambda match: self.ids.get(match[0], match[0]), text)

    async def send(self, client: httpx.AsyncClient, operation: Operation, **headers: str) -> httpx.Response:
        content = None
        if operation.media == "application/json":
            content = self.filled(msgspec.json.encode(operation.body).decode()).encode()
        elif operation.media is not None:
            content = self.filled(operation.body).encode()
        if operation.media is not None:
            headers["Content-Type"] = operation.media
        method, path = operation.method.upper(), self.filled(operation.path)
        return await client.request(method, path, params=operation.query, content=content, headers=headers)

    async def build(self, told: Callable[[Operation, httpx.Response], None] | None = None) -> list[str]:
        """One of everything that can be made; the names of operations whose requests name what nothing makes."""
        owner = await self._centre.client(Role.OWNER, self._domain)
        tenant = await self._centre.tenant(self._domain)
        self.ids[_id("tenant")] = str(tenant)
        self.ids[_id("invoices")] = str(await issued_invoice(self._centre, tenant))
        waiting = [one for one in operations() if one.status in MADE and not one.rule.public]
        while waiting:
            ready = next((one for one in waiting if self.knows(one)), None)
            if ready is None:
                return [one.name for one in waiting]
            waiting.remove(ready)
            answer = await self.send(owner, ready)
            if told is not None:
                told(ready, answer)
            if answer.status_code == ready.status:
                self.learn(ready.answer, answer.json(), but=_made() - {ready.answer.get("id")})
            await self._add_calls()
        await self._look_around(owner)
        return []

    async def _look_around(self, owner: httpx.AsyncClient) -> None:
        """Learn of what nobody makes by an operation of its own, such as sessions."""
        for operation in operations():
            shown = set(EXAMPLE_ID.findall(msgspec.json.encode(operation.answer).decode()))
            if operation.method == "get" and self.knows(operation) and shown - set(self.ids):
                answer = await self.send(owner, operation)
                if answer.status_code == operation.status and operation.answer is not None:
                    self.learn(operation.answer, answer.json())

    async def _add_calls(self) -> None:
        agent, queue = self.ids.get(_id("users")), self.ids.get(_id("queues"))
        if agent is None or queue is None or _id("calls") in self.ids:
            return
        history = History(self._centre, await self._centre.tenant(self._domain))
        call = await history.whole_call(UUID(agent), QueueId(UUID(queue)))  # type: ignore[arg-type]
        self.ids[_id("calls")] = str(call)
        await history.trace(call)
        self.ids[_id("alerts")] = str(await history.alert())
        recording = await history.recording(call, self._folder)
        self.ids[_id("recordings")] = str(recording)
        self._centre.routing.leave(history.tenant, call, QueueId(UUID(queue)), recording)
        self.ids[_id("voicemails")] = str(recording)

    def learn(self, example: Any, real: Any, but: Set[str] = frozenset()) -> None:
        """The ids of what was made, by where the example has its own; `but` are made by other operations."""
        for shown, given in _pairs(example, real):
            if isinstance(shown, str) and EXAMPLE_ID.fullmatch(shown) and given is not None and shown not in but:
                self.ids.setdefault(shown, str(given))


class Caller:
    """Somebody who is logged in, and is again when an operation ended the session."""

    def __init__(self, centre: Centre, world: World, address: str) -> None:
        self._centre = centre
        self._world = world
        self._address = address
        self._client = centre.stranger()

    async def ask(self, operation: Operation) -> httpx.Response:
        answer = await self._world.send(self._client, operation)
        if code(answer) == "no_session":
            assert (await log_in(self._client, self._address)).status_code == 200
            answer = await self._world.send(self._client, operation)
        return answer


def code(answer: httpx.Response) -> str | None:
    """Of the problem, if it is one."""
    told = answer.headers.get("content-type", "").startswith("application/problem+json")
    return answer.json()["code"] if told else None


def _id(kind: str) -> str:
    return str(PATH_IDS[kind])


@cache
def _made() -> frozenset[str]:
    """The ids of what operations make."""
    return frozenset(one.answer["id"] for one in operations() if one.status in MADE and "id" in (one.answer or ()))


def _pairs(example: Any, real: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(example, dict) and isinstance(real, dict):
        for key, value in _items(example):
            if key in real:
                yield from _pairs(value, real[key])
    elif isinstance(example, list) and isinstance(real, list):
        for shown, given in zip(_listed(example), _listed(real), strict=False):
            yield from _pairs(shown, given)
    else:
        yield example, real


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items()


def _listed(value: Any) -> Iterable[Any]:
    return value

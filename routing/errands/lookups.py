"""Asking tenants' servers for flows: once, and within the time."""

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import urlsplit

from kernel.ports.web import NoAnswer, Web, WebAnswer
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from kernel.primitives.web_guard import Refused, WebRules, redirect
from routing.flows.limits import LOOKUP_ANSWER_BYTES
from routing.flows.run.effects import StartLookup
from routing.flows.run.words import LookupAnswered, LookupFailed

AT_ONCE = 200  # of all tenants: ten seconds each at most, so a slow server holds up nobody's calls but its own
REDIRECTED = frozenset({301, 302, 303, 307, 308})
KEEPS_METHOD = frozenset({307, 308})  # RFC 9110 15.4
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"})
"""Headers that the connection needs and no flow sets."""


class CredentialSource(Protocol):
    async def value(self, tenant: TenantId, name: str) -> Secret | None: ...


class LookupClient:
    """`rules` are those by which `web` judges."""

    def __init__(self, web: Web, rules: WebRules, credentials: CredentialSource) -> None:
        self._web = web
        self._rules = rules
        self._credentials = credentials
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def ask(self, tenant: TenantId, asked: StartLookup) -> LookupAnswered | LookupFailed:
        try:
            async with asyncio.timeout(asked.seconds), self._turns:
                answer = await self._answer(tenant, asked)
        except TimeoutError:
            return LookupFailed(turn=asked.turn, why="time")
        except NoAnswer as failure:
            return LookupFailed(turn=asked.turn, why=str(failure))
        return LookupAnswered(turn=asked.turn, status=answer.status, body=answer.body)

    async def _answer(self, tenant: TenantId, asked: StartLookup) -> WebAnswer:
        """After redirects, each judged like the first address; a credential stays with the server it is for."""
        url, method, body = asked.url, asked.method, asked.body
        headers = await self._headers(tenant, asked)
        hops = 0
        while True:
            async with self._web.server(url) as server:
                answer = await server.ask(method, headers, body, LOOKUP_ANSWER_BYTES)
            location = answer.headers.get("location", "")
            if answer.status not in REDIRECTED or not location:
                return answer
            target = redirect(url, location, hops, self._rules)
            if isinstance(target, Refused):
                raise NoAnswer(target.value)
            if urlsplit(target).netloc != urlsplit(url).netloc:
                headers = {name: value for name, value in headers.items() if name != "authorization"}
            if answer.status not in KEEPS_METHOD:
                method, body = "GET", None
            url, hops = target, hops + 1

    async def _headers(self, tenant: TenantId, asked: StartLookup) -> Mapping[str, str]:
        headers = {name.lower(): value for name, value in asked.headers.items() if name.lower() not in OURS}
        headers = {"accept": "application/json", "user-agent": "Cordboard"} | headers
        if asked.body is not None:
            headers["content-type"] = "application/json"
        if asked.credential is not None:
            value = await self._credentials.value(tenant, asked.credential)
            if value is None:
                raise NoAnswer("credential")
            headers["authorization"] = value.reveal()
        return headers

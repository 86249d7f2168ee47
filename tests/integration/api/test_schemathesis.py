"""What a stranger to the code would send, made of the API's description: no answer breaks it, none is our fault."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any, TypeVar

import httpx
import pytest
import schemathesis
from api_operations import Operation, World, operations
from api_server import OURS, Centre, email, found_both, log_in
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode, checks
from schemathesis.core.failures import FailureGroup

from api.auth.rate_limit import ApiRates, Rate
from api.openapi import openapi_document
from api.services import ApiSettings
from tenants.directory import Role
from tests.databases import Shelf

EXAMPLES = int(os.environ.get("CORDBOARD_EXAMPLES", "4"))  # of right and of wrong requests for each operation
pytestmark = pytest.mark.timeout(120 + 60 * EXAMPLES)  # some 13 seconds each on a quiet machine

checks.load_all_checks()
_KNOWN: Any = getattr(checks, "CHECKS")  # noqa: B009 (its type is told in parts only)
CHECKED: Any = _KNOWN.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "unsupported_method",
    ]
)
UNLIMITED = Rate(10**6, 1)
UNHURRIED = settings(
    max_examples=EXAMPLES,
    derandomize=True,  # the same ones in every run
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

Case = Any  # the library types it by parts that it does not tell
Result = TypeVar("Result")


class Served:
    """A centre in an event loop of its own, for hypothesis does not wait for coroutines."""

    def __init__(self, shelf: Shelf, folder: Path) -> None:
        self._shelf = shelf
        self._folder = folder
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever)

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def __enter__(self) -> "Served":
        self._thread.start()
        self.run(self._open())
        return self

    async def _open(self) -> None:
        self._place = await self._shelf.prepared(found_both.__name__, found_both)
        unhurried = ApiSettings(rates=ApiRates(login=UNLIMITED, credential=UNLIMITED, tenant=UNLIMITED))
        self.centre = Centre(self._place, self._folder, unhurried)
        await self.centre.__aenter__()
        self.world = World(self.centre, self._folder)
        await self.world.build()
        self._client = self.centre.stranger()
        await log_in(self._client, email(Role.OWNER, OURS))

    def __exit__(self, *_: object) -> None:
        self.run(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _close(self) -> None:
        await self._client.aclose()
        await self.centre.__aexit__()
        await self._shelf.remove(self._place)

    def send(self, case: Case) -> httpx.Response:
        return self.run(self._send(case))

    async def _send(self, case: Case) -> httpx.Response:
        told = case.as_transport_kwargs(base_url="http://desk.test")
        fitting = {name: value for name, value in told.items() if name in PASSED_ON}
        if "data" in told:
            fitting["content"] = told["data"]
        answer = await self._client.request(**fitting)
        if answer.status_code == 401:
            await log_in(self._client, email(Role.OWNER, OURS))
        return answer


PASSED_ON = {"method", "url", "headers", "params", "json", "files"}


@pytest.fixture
def served(shelf: Shelf, tmp_path: Path) -> Iterator[Served]:
    with Served(shelf, tmp_path) as served:
        yield served


def _attempt(served: Served, strategy: Any) -> Callable[[], None]:
    @UNHURRIED
    @given(case=strategy)
    def attempt(case: Case) -> None:
        case.headers["X-Cordboard"] = "1"
        case.validate_response(served.send(case), checks=CHECKED)

    return attempt


def _shown(operation: Operation, error: BaseException) -> str:
    causes: Sequence[BaseException] = getattr(error, "exceptions", [error])
    return "\n".join(f"{operation.name}: {type(one).__name__}: {str(one)[:700]}" for one in causes)


def test_no_request_breaks_the_api_or_its_description(served: Served) -> None:
    described: Any = schemathesis.openapi.from_dict(deepcopy(openapi_document()))  # it writes into it
    known = {one.name: one for one in operations()}
    wrong: list[str] = []
    for found in described.get_all_operations():
        operation = found.ok()
        ours = known[operation.definition.raw["operationId"]]
        for mode in GenerationMode:
            real = served.world.path_parameters(ours) if mode is GenerationMode.POSITIVE else None
            strategy = operation.as_strategy(mode, path_parameters=real)
            try:
                _attempt(served, strategy)()
            except Unsatisfiable:
                continue  # nothing can be wrong in a request without parameters
            except (Exception, FailureGroup) as error:
                wrong.append(_shown(ours, error))
    assert not wrong, "\n".join(wrong)

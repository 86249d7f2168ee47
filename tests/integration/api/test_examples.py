"""The examples in the API's description are carried out, and answered as they show."""

from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
from api_operations import MADE, Caller, Operation, World, operations
from api_server import OURS, Centre, email

from api.auth.permissions import OPERATIONS
from api.openapi import openapi_document
from api.openapi.examples import UNKNOWN
from tenants.directory import Role

pytestmark = pytest.mark.timeout(120)


NOT_DESCRIBED = {"desk", "watch_live", "page", "get_openapi", "get_docs"}
"""A WebSocket, pages, and the description itself."""

_OF_A_CLIENT = "a company that serves itself has no provider to let in"

REFUSED: dict[str, tuple[str, str]] = {
    "create_grant": ("invalid_input", _OF_A_CLIENT),
    "get_grant": ("not_found", _OF_A_CLIENT),
    "accept_grant": ("not_found", _OF_A_CLIENT),
    "end_grant": ("not_found", _OF_A_CLIENT),
    "delete_department": ("still_in_use", "a team and a person are in it"),
    "delete_phone_domain": ("still_in_use", "a telephone is in it"),
    "delete_role": ("still_in_use", "a person has it"),
    "complete_log_in": ("ticket_ended", "a ticket cannot be known before"),
    "enrol_at_log_in": ("ticket_ended", "a ticket cannot be known before"),
    "change_password": ("wrong_password", "the owner of the tests keeps the password"),
    "begin_second_factor": ("wrong_password", "as before"),
    "renew_recovery_codes": ("wrong_password", "as before"),
    "disable_second_factor": ("wrong_password", "as before"),
    "confirm_second_factor": ("no_enrolment", "none was begun"),
    "get_access_token": ("invalid_client", "a secret cannot be known before"),
    "begin_sign_on": ("sign_on_failed", "the issuer of the example is nowhere"),
    "finish_sign_on": ("sign_on_expired", "nobody was sent away"),
    "get_export_file": ("job_not_done", "the job has only been asked for"),
    "get_certificate": ("job_not_done", "as before"),
    "upload_prompt": ("wrong_prompt", "a sound is no text"),
    "roll_back_flow": ("flow_version_live", "there is one version only"),
    "give_back_voicemail": ("voicemail_not_taken", "it is taken after that, for what makes nothing comes by its path"),
    "finish_voicemail": ("voicemail_not_taken", "as before"),
    "get_phone_domain_certificate": ("not_found", "the domain has none yet"),
    "set_phone_domain_certificate": ("invalid_input", "a certificate is longer than an example, and ends"),
    "remove_phone_domain_certificate": ("not_found", "the domain has none yet"),
    "get_agent_telephone": ("not_found", "it is set after that"),
    "accept_invitation": ("invitation_invalid", "a token cannot be known before"),
}
"""Examples that cannot succeed twice the same: the code of the problem that they meet here, and why."""


class Guide:
    """Carries the examples out one after the other, and notes what is not as it is shown."""

    def __init__(self, centre: Centre, world: World) -> None:
        self.wrong: list[str] = []
        self._centre = centre
        self._world = world
        self._owner = Caller(centre, world, email(Role.OWNER, OURS))
        self._validators = _validators()

    async def carry_out(self, operation: Operation) -> None:
        if operation.rule.public:
            async with self._centre.stranger() as stranger:
                answer = await self._world.send(stranger, operation)
        else:
            answer = await self._owner.ask(operation)
        self.compare(operation, answer)

    def compare(self, operation: Operation, answer: httpx.Response) -> None:
        if operation.name in REFUSED:
            code, _ = REFUSED[operation.name]
            told: dict[str, Any] = answer.json() if answer.content else {}
            if told.get("code", told.get("error")) != code:
                self.wrong.append(f"{operation.name}: {answer.status_code}, not {code}: {answer.text[:300]}")
            return
        if answer.status_code != operation.status:
            self.wrong.append(f"{operation.name}: {answer.status_code}, not {operation.status}: {answer.text[:300]}")
            return
        if operation.answer is None:
            return
        body: Any = answer.json()
        if operation.status not in MADE:  # of those the world learns by itself
            self._world.learn(operation.answer, body)
        for error in self._validators[operation.name].iter_errors(body):
            self.wrong.append(f"{operation.name}: {error.message[:200]}")
        if isinstance(body, dict) and body.keys() != operation.answer.keys():
            self.wrong.append(f"{operation.name}: {', '.join(body.keys() ^ operation.answer.keys())} are not in both")


def _validators() -> dict[str, Any]:
    """Of each operation's good answer."""
    components = openapi_document()["components"]
    return {
        one.name: jsonschema_rs.Draft202012Validator({"components": components, **one.schema})
        for one in operations()
        if one.schema
    }


async def test_each_example_is_answered_as_it_is_shown(centre: Centre, tmp_path: Path) -> None:
    world = World(centre, tmp_path)
    guide = Guide(centre, world)
    assert await world.build(guide.compare) == []
    for operation in operations():
        if operation.status not in MADE:
            await guide.carry_out(operation)
    assert guide.wrong == [], "\n".join(guide.wrong)


def test_every_operation_shows_its_request_and_its_answer() -> None:
    missing = [
        one.name
        for one in operations()
        if (one.media is not None and one.body is None) or str(UNKNOWN) in one.ids or one.body == "text"
    ]
    assert missing == []


def test_every_answer_that_is_shown_fits_its_schema() -> None:
    validators = _validators()
    wrong = [
        f"{one.name}: {error.message}"
        for one in operations()
        if one.answer is not None and one.schema
        for error in validators[one.name].iter_errors(one.answer)
    ]
    assert wrong == []


def test_every_operation_has_a_rule_and_is_described() -> None:
    assert {one.name for one in operations()} == set(OPERATIONS) - NOT_DESCRIBED

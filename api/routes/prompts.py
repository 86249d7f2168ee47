"""Prompts: sounds that were uploaded, or words that a voice speaks; and the credentials that lookups show."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.paging import Paging
from api.routes.flows import read_name
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.flows import (
    FlowCredentialBody,
    FlowCredentialInput,
    PromptBody,
    PromptInput,
    PromptTextInput,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.secret import Secret
from media.prompts import LARGEST_BYTES, SPOKEN, convert, seconds_of
from routing.flows.limits import TEXT_LENGTH
from routing.library import Credential, Prompt

COLLECTION = "/v1/prompts"
CREDENTIALS = "/v1/flow-credentials"
VALUE_LENGTH = 4_000  # a header that servers commonly take
LANGUAGE_LENGTH = 35  # RFC 5646 4.4.1
WAV = "audio/wav"


def _body(prompt: Prompt) -> PromptBody:
    return PromptBody(
        id=prompt.id, name=prompt.name, text=prompt.text, language=prompt.language, seconds=prompt.seconds
    )


async def _spoken(work: Work, text: str, language: str) -> bytes:
    """InvalidInput, CannotSpeak."""
    if not text.strip() or len(text) > TEXT_LENGTH or not 2 <= len(language) <= LANGUAGE_LENGTH:
        raise InvalidInput(f"Give 1 to {TEXT_LENGTH} characters, and a language such as en-GB.")
    return await work.services.voice.speak(text, language)


async def _keep(work: Work, name: str, wav: bytes) -> None:
    await asyncio.to_thread(work.services.prompts.write, work.principal.tenant, name, wav)


@get(COLLECTION, operation_id="list_prompts", tags=["Call flows"])
async def list_prompts(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[PromptBody]:
    """Prompts in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.prompts.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_prompt", status_code=201, tags=["Call flows"])
async def create_prompt(data: JSONBody[PromptInput], work: NamedDependency[Work]) -> Response[PromptBody]:
    """Add a prompt: a voice speaks its text, or its sound is uploaded next."""
    name = read_name(data.name)
    if name.startswith(SPOKEN):
        raise InvalidInput(f"Names that begin with {SPOKEN} are taken.")
    wav = await _spoken(work, data.text, data.language) if data.text else b""
    seconds = seconds_of(wav) if wav else 0.0

    async def add(unit: Unit) -> Response[PromptBody]:
        prompt = await unit.prompts.create(name, data.text, data.language if wav else "", seconds)
        if wav:
            await _keep(work, name, wav)
        return created(_body(prompt), prompt.revision, COLLECTION, prompt.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_prompt", tags=["Call flows"])
async def get_prompt(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[PromptBody]:
    """What is known of a prompt."""
    async with work.read() as unit:
        prompt = await unit.prompts.get(key)
    return shown(_body(prompt), prompt.revision)


@put(
    f"{COLLECTION}/{{id:uuid}}/sound",
    operation_id="upload_prompt",
    request_max_body_size=LARGEST_BYTES,
    opt={"body": "application/octet-stream"},
    tags=["Call flows"],
)
async def upload_prompt(
    key: NamedDependency[UUID], request: Request[Any, Any, Any], work: NamedDependency[Work]
) -> Response[PromptBody]:
    """Give a prompt its sound, in any usual format: WAV, MP3, Ogg, FLAC, M4A, WebM, AIFF, AU, AMR, AAC."""
    async with work.read() as unit:
        await unit.prompts.get(key)
    wav = await asyncio.to_thread(convert, await request.body())
    async with work.write() as unit:
        prompt = await unit.prompts.sounded(key, seconds_of(wav))
        await _keep(work, prompt.name, wav)
    return shown(_body(prompt), prompt.revision)


@put(f"{COLLECTION}/{{id:uuid}}/text", operation_id="speak_prompt", tags=["Call flows"])
async def speak_prompt(
    key: NamedDependency[UUID], data: JSONBody[PromptTextInput], work: NamedDependency[Work]
) -> Response[PromptBody]:
    """Let a voice speak a prompt anew."""
    async with work.read() as unit:
        await unit.prompts.get(key)
    wav = await _spoken(work, data.text, data.language)
    async with work.write() as unit:
        prompt = await unit.prompts.sounded(key, seconds_of(wav), data.text, data.language)
        await _keep(work, prompt.name, wav)
    return shown(_body(prompt), prompt.revision)


@get(f"{COLLECTION}/{{id:uuid}}/sound", operation_id="get_prompt_sound", media_type=WAV, tags=["Call flows"])
async def get_prompt_sound(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[bytes]:
    """The sound as callers hear it."""
    async with work.read() as unit:
        prompt = await unit.prompts.get(key)
    file = work.services.prompts.own(work.principal.tenant, prompt.name)
    try:
        return Response(await asyncio.to_thread(file.read_bytes), media_type=WAV)
    except FileNotFoundError as error:
        raise NotFound("The prompt has no sound yet: upload one.") from error


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_prompt", status_code=204, tags=["Call flows"])
async def delete_prompt(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a prompt that no live call flow plays."""
    async with work.write() as unit:
        prompt = await unit.prompts.remove(key, await unit.flows.live(), expected)
    await asyncio.to_thread(work.services.prompts.delete, work.principal.tenant, prompt.name)


# --- credentials ---


def _credential(credential: Credential) -> FlowCredentialBody:
    return FlowCredentialBody(id=credential.id, name=credential.name)


@get(CREDENTIALS, operation_id="list_flow_credentials", tags=["Call flows"])
async def list_flow_credentials(
    work: NamedDependency[Work], paging: NamedDependency[Paging]
) -> Page[FlowCredentialBody]:
    """What lookups can show to the servers that they ask, without the values."""
    async with work.read() as unit:
        found = await unit.flow_credentials.page(paging.after, paging.one_more)
    return paging.page(found, _credential)


@post(CREDENTIALS, operation_id="create_flow_credential", status_code=201, tags=["Call flows"])
async def create_flow_credential(
    data: JSONBody[FlowCredentialInput], work: NamedDependency[Work]
) -> Response[FlowCredentialBody]:
    """Keep a credential for lookups; its value is never shown again."""
    name = read_name(data.name)
    if not 0 < len(data.value) <= VALUE_LENGTH or not data.value.isascii() or not data.value.isprintable():
        raise InvalidInput(f"A value has 1 to {VALUE_LENGTH} printable ASCII characters.")

    async def add(unit: Unit) -> Response[FlowCredentialBody]:
        credential = await unit.flow_credentials.create(name, Secret(data.value))
        return created(_credential(credential), credential.revision, CREDENTIALS, credential.id)

    return await work.create(add)


@delete(f"{CREDENTIALS}/{{id:uuid}}", operation_id="delete_flow_credential", status_code=204, tags=["Call flows"])
async def delete_flow_credential(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Forget a credential that no live call flow shows."""
    async with work.write() as unit:
        await unit.flow_credentials.remove(key, await unit.flows.live(), expected)


HANDLERS = [
    list_prompts,
    create_prompt,
    get_prompt,
    upload_prompt,
    speak_prompt,
    get_prompt_sound,
    delete_prompt,
    list_flow_credentials,
    create_flow_credential,
    delete_flow_credential,
]

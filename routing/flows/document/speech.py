"""What a caller is told: a prompt of the tenant's store, or words for the text-to-speech voice."""

from typing import Annotated

import msgspec
from msgspec import Meta

from routing.flows import limits
from routing.flows.document.names import Language, PromptName, Template


class Recorded(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="prompt", forbid_unknown_fields=True):
    prompt: PromptName


class Spoken(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="text", forbid_unknown_fields=True):
    """`language` None: the flow's."""

    text: Template
    language: Language | None = None


Utterance = Recorded | Spoken
Utterances = Annotated[tuple[Utterance, ...], Meta(max_length=limits.PROMPTS)]

"""What tenants keep for their call flows: drafts, versions, business hours, prompts, credentials of lookups, robots."""

from routing.library.calendars import CalendarService, StoredCalendar
from routing.library.credentials import Credential, CredentialService
from routing.library.flows import FlowService, StoredFlow
from routing.library.prompts import Prompt, PromptService
from routing.library.published import FlowLibrary
from routing.library.robots import Robot, RobotService, RobotWish
from routing.library.unit import LibraryUnit

__all__ = [
    "CalendarService",
    "Credential",
    "CredentialService",
    "FlowLibrary",
    "FlowService",
    "LibraryUnit",
    "Prompt",
    "PromptService",
    "Robot",
    "RobotService",
    "RobotWish",
    "StoredCalendar",
    "StoredFlow",
]

"""What a condition asks of one agent."""

from collections.abc import Iterable, Mapping

from kernel.contracts.queues import AllOf, AnyOf, AtLeast, Condition, Not, SkillLevel

Skills = Mapping[str, int]
"""Level by skill; a skill that the agent has not is not in it."""


def skills_of(levels: Iterable[SkillLevel]) -> dict[str, int]:
    """A skill that is named twice counts with its higher level."""
    skills: dict[str, int] = {}
    for one in levels:
        skills[one.skill] = max(one.level, skills.get(one.skill, 0))
    return skills


def fits(skills: Skills, condition: Condition) -> bool:
    match condition:
        case AtLeast(skill=skill, level=level):
            return skills.get(skill, 0) >= level
        case AllOf(of=parts):
            return all(fits(skills, part) for part in parts)
        case AnyOf(of=parts):
            return any(fits(skills, part) for part in parts)
        case Not(of=part):
            return not fits(skills, part)

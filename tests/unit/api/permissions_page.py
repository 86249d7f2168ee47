"""Writes who may do what from the tables: `python -m tests.unit.api.permissions_page` writes docs/permissions.md."""

from pathlib import Path

from api.auth.permissions import OPERATIONS, Rule
from tenants.directory import ROLE_PERMISSIONS, Permission, Role
from tenants.directory.grants.model import NEVER_GRANTED

DOCUMENT = Path(__file__).parents[3] / "docs/permissions.md"

HEAD = """# Who may do what

Written from the tables by `python -m tests.unit.api.permissions_page`; a test keeps this page current. Each
operation of the API needs one permission. Roles, own roles of a tenant, API keys and grants are sets of permissions;
sets add up, a key only narrows. Nobody gives away a permission that they do not have, and an owner always remains.

A permission that ends in `_own` or `_team` shows only what is one's own, or of the teams that one leads.
"""


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _rule(width: int) -> str:
    return _row(*["---"] * width)


def roles() -> str:
    lines = [_row("role", "for"), _rule(2)]
    return "\n".join([*lines, *(_row(f"`{role}`", role.meaning) for role in Role)])


def permissions() -> str:
    lines = [_row("permission", "lets one", *(str(role) for role in Role)), _rule(2 + len(Role))]
    for permission in Permission:
        held = ("x" if permission in ROLE_PERMISSIONS[role] else "" for role in Role)
        lines.append(_row(f"`{permission}`", permission.meaning, *held))
    return "\n".join(lines)


def never_granted() -> str:
    return ", ".join(f"`{permission}`" for permission in Permission if permission in NEVER_GRANTED)


def operations() -> str:
    lines = [_row("operation", "needs"), _rule(2)]
    return "\n".join([*lines, *(_row(f"`{name}`", _needs(OPERATIONS[name])) for name in sorted(OPERATIONS))])


def _needs(rule: Rule) -> str:
    if rule.public:
        return "nothing"
    if rule.permission is None:
        return "to be logged in, as a person" if rule.people else "to be logged in"
    narrower = [f"`{one}` for less" for one in (rule.team, rule.own) if one is not None]
    return "; ".join([f"`{rule.permission}`", *narrower]) + (", as a person" if rule.people else "")


def page() -> str:
    return f"""{HEAD}
## Roles

{roles()}

## Permissions

{permissions()}

A client's grant to its provider's people never gives: {never_granted()}.

## Operations

{operations()}
"""


if __name__ == "__main__":
    DOCUMENT.write_text(page(), encoding="utf-8")

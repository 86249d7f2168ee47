"""The page of permissions is what the tables say."""

from tenants.directory import EVERY_PERMISSION, ROLE_PERMISSIONS, Permission, Role
from tests.unit.api.permissions_page import DOCUMENT, page


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page()


def test_every_permission_has_a_meaning_of_its_own() -> None:
    meanings = [permission.meaning for permission in Permission]
    assert all(meanings)
    assert len(set(meanings)) == len(meanings)


def test_an_owner_has_every_permission_and_every_role_some() -> None:
    assert ROLE_PERMISSIONS[Role.OWNER] == EVERY_PERMISSION
    assert all(ROLE_PERMISSIONS[role] for role in Role)

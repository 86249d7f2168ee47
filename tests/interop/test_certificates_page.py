"""An administrator at the real page, over a real server: a domain's certificate and a trunk's come, change and go."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from playwright.async_api import Locator, Page, expect

from gateway.io.certificates import TlsFiles
from load_tests.peers.browser import chromium, press
from load_tests.peers.sound import tone, write
from load_tests.peers.system import OWNER, PASSWORD, System, make_centre
from tests.certificates import Authority

pytestmark = [pytest.mark.peers("chromium"), pytest.mark.timeout(180)]

DOMAIN, SECOND, TRUNK = "phones.north.example", "second.north.example", "Carrier by TLS"


@pytest.fixture
async def page(system: System, tmp_path: Path) -> AsyncIterator[Page]:
    """Logged in, at the certificates."""
    await make_centre(system)
    for domain in (DOMAIN, SECOND):
        await system.post("/v1/phone-domains", domain=domain)
    await system.post("/v1/trunks", name=TRUNK, sources=[], host="sip.carrier.example", transport="tls")
    async with chromium(write(tmp_path / "quiet.wav", tone(440.0, 5, rate=48000), rate=48000)) as page:
        await page.goto(f"{system.url}/#certificates")
        await page.get_by_label("E-mail").fill(OWNER)
        await page.get_by_label("Password").fill(PASSWORD)
        await press(page, "Log in")
        yield page


def locked(files: TlsFiles) -> str:
    """Where the same key lies under a passphrase."""
    read, file = load_pem_private_key(Path(files.key).read_bytes(), None), Path(f"{files.key}.locked")
    file.write_bytes(read.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")))
    return str(file)


async def choose(page: Page, certificate: str, key: str) -> None:
    """Send these files by the dialog that is open."""
    files = page.get_by_role("dialog").locator("input[type=file]")
    await files.nth(0).set_input_files(certificate)
    await files.nth(1).set_input_files(key)
    await page.get_by_role("dialog").get_by_role("button", name="Upload", exact=True).click()


def row_of(page: Page, kind: str, name: str) -> Locator:
    return page.get_by_test_id(f"{kind}-certificate").filter(has=page.get_by_role("heading", name=name, exact=True))


async def strange_carrier(folder: Path) -> asyncio.Server:
    """On loopback, by a certificate that nobody we believe signed."""
    files = Authority(folder, "Nobody knows").issue("127.0.0.1")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.certificate, files.key)
    return await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0, ssl=context)


async def domain_of(system: System) -> dict[str, Any]:
    found: list[dict[str, Any]] = (await system.get("/v1/phone-domains"))["items"]
    return next(one for one in found if one["domain"] == DOMAIN)


async def test_a_domains_certificate_comes_and_goes(system: System, page: Page, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Example CA")
    right, other = authority.issue(DOMAIN, SECOND), authority.issue("elsewhere.example")
    row = row_of(page, "domain", DOMAIN)
    await expect(row).to_contain_text("the gateway’s certificate is shown")
    await row.get_by_role("button").focus()
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await choose(page, other.certificate, locked(other))
    await expect(dialog.get_by_text("This key has a passphrase.").first).to_be_visible()
    await expect(dialog.get_by_text(f"does not bear the name {DOMAIN}").first).to_be_visible()
    await choose(page, right.certificate, other.key)
    await expect(dialog.get_by_text("This key belongs to another certificate.").first).to_be_visible()
    await choose(page, right.certificate, right.key)
    await expect(dialog).to_have_count(0)
    await expect(row).to_contain_text("Ends soon")
    await expect(row).to_contain_text("Signed byCN=Example CA")
    await expect(row_of(page, "domain", SECOND)).to_contain_text(f"that of {DOMAIN} bears this name")
    assert (await domain_of(system))["certificate_expires_at"] is not None

    await row.get_by_role("button", name="Remove").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Keep it").click()
    await row.get_by_role("button", name="Remove").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove", exact=True).click()
    await expect(row).to_contain_text("the gateway’s certificate is shown")
    assert (await domain_of(system))["certificate_expires_at"] is None
    await expect(page.get_by_role("heading", name="Certificates", exact=True)).to_be_focused()


async def test_a_trunks_certificate_and_authorities_are_its_own(system: System, page: Page, tmp_path: Path) -> None:
    authority = Authority(tmp_path, "Example CA")
    row, root = row_of(page, "trunk", TRUNK), Path(authority.file).read_text()
    await row.get_by_role("button", name="Authorities").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Who signs for those who call us", exact=True).fill(root)
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Write which names the certificates bear")).to_be_visible()
    await dialog.get_by_label("Names in the caller’s certificate").fill("pbx.north.example")
    await dialog.get_by_role("button", name="Save").click()
    await expect(row).to_contain_text("Calls come in from who shows pbx.north.example")
    await row.get_by_role("button", name="Upload").click()
    files = authority.issue("trunk.north.example")
    await choose(page, files.certificate, files.key)
    await expect(row).to_contain_text("trunk.north.example")
    (trunk,) = (one for one in (await system.get("/v1/trunks"))["items"] if one["name"] == TRUNK)
    assert (trunk["tls"]["client_ca"], trunk["tls"]["peer_names"]) == (root.strip(), ["pbx.north.example"])
    assert trunk["tls_certificate"]["names"] == ["trunk.north.example"]
    await row.get_by_role("button", name="Remove").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="Remove", exact=True).click()
    await expect(row).to_contain_text("the gateway’s certificate is shown")
    (trunk,) = (one for one in (await system.get("/v1/trunks"))["items"] if one["name"] == TRUNK)
    assert (trunk["tls"]["certificate"], trunk["tls"]["client_ca"]) == ("", root.strip())


async def test_why_a_carrier_does_not_work_is_told_with_what_can_be_done(
    system: System, page: Page, tmp_path: Path
) -> None:
    async with await strange_carrier(tmp_path) as server:
        port = server.sockets[0].getsockname()[1]
        trunk: dict[str, Any] = {"name": "Broken", "sources": [], "host": "127.0.0.1", "port": port}
        health = {"interval_seconds": 5, "down_after": 1}
        made = await system.post("/v1/trunks", **trunk, transport="tls", health=health)
        row = row_of(page, "trunk", "Broken")
        await expect(row).to_contain_text("signed by nobody whom we believe, since", timeout=40_000)
        await expect(row).to_contain_text("Add who signed it under “Authorities”")
        alarm = page.get_by_test_id("alarm").filter(has_text="Broken")
        await expect(alarm).to_contain_text("signed by nobody whom we believe")
        (state,) = (await system.get(f"/v1/trunks/{made['id']}/state"))["gateways"]
        assert (state["health"], state["status"], state["reason"]) == ("down", 503, "unknown_authority")
    await expect(row_of(page, "trunk", TRUNK)).to_contain_text("Nobody asks whether this carrier answers")


async def test_all_trunks_are_there_page_by_page(system: System, page: Page) -> None:
    for number in range(60):
        transport = "udp" if number % 6 == 0 else "tls"
        await system.post("/v1/trunks", name=f"T{number}", sources=[], host="sip.example", transport=transport)
    await page.reload()
    rows = page.get_by_test_id("trunk-certificate")
    await expect(rows).to_have_count(50)
    await page.get_by_role("button", name="Show more trunks").click()
    await expect(rows).to_have_count(51)
    await expect(page.get_by_role("button", name="Show more trunks")).to_have_count(0)


async def test_who_may_see_trunks_but_no_board_finds_the_page_from_the_desk(system: System, page: Page) -> None:
    """An agent who is a developer too: reads the configuration, and leads nobody."""
    await system.post("/v1/users", email="dev@example.org", name="Dev", password=PASSWORD, roles=["agent", "developer"])
    await expect(page.get_by_test_id("certificates")).to_be_visible()
    await page.context.clear_cookies()
    await page.goto(system.url)
    await page.reload()  # another hash alone loads nothing
    await page.get_by_label("E-mail").fill("dev@example.org")
    await page.get_by_label("Password").fill(PASSWORD)
    await press(page, "Log in")
    await page.get_by_role("button", name="Certificates").click()
    row = row_of(page, "trunk", TRUNK)
    await expect(row).to_be_visible()
    await expect(row.get_by_role("button")).to_have_count(0)
    await expect(page.get_by_role("heading", name="Telephone domains")).to_have_count(0)
    await page.get_by_role("button", name="Your desk").click()
    await expect(page.get_by_role("button", name="Certificates")).to_be_visible()

"""JsSIP in Chromium as an agent's telephone over WSS: it registers, calls and is called, with sound both ways."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from gateway.app.dial_plan import HOW_TO_DIAL
from load_tests.peers.baresip import Baresip
from load_tests.peers.browser import chromium, hears
from load_tests.peers.jssip import JsSip
from load_tests.peers.sound import read, seconds_of, tone, write
from load_tests.peers.system import Centre, System, free_port, make_centre, new_system
from load_tests.peers.webrtc_agent import WebrtcAgent
from tests.certificates import Authority

pytestmark = [pytest.mark.peers("baresip", "chromium", "jssip"), pytest.mark.timeout(180)]

FAR_HZ, BROWSER_HZ = 440.0, 1000.0
FAR_NUMBER, NATIONALLY = "+442079460018", "02079460018"
DOMAIN = "phones.example.org"
VOICE_SECONDS = 60  # of sound, each
HEARD_SECONDS = 1.0
RECONNECTED_SECONDS = 20.0  # JsSIP waits longer before each attempt
UNHEARD_SECONDS = 1.5  # until the first and after the last of its sound is heard


@pytest.fixture
def wss_port() -> int:
    return free_port()


@pytest.fixture
async def system(tmp_path: Path, wss_port: int) -> AsyncIterator[System]:
    files = Authority(tmp_path).issue("pbx.example.org", "127.0.0.1")
    sip = {"WSS_PORT": str(wss_port), "CERTIFICATE": files.certificate, "CERTIFICATE_KEY": files.key}
    running = await new_system(tmp_path, **{f"CORDBOARD_SIP__{name}": value for name, value in sip.items()})
    yield running
    await running.stop()


@pytest.fixture
def far(tmp_path: Path) -> Baresip:
    """The carrier: it answers calls by itself, with a tone."""
    return Baresip(tmp_path / "baresip", write(tmp_path / "far.wav", tone(FAR_HZ, VOICE_SECONDS)), FAR_NUMBER)


@pytest.fixture
async def browser(tmp_path: Path, wss_port: int) -> AsyncIterator[JsSip]:
    microphone = write(tmp_path / "browser.wav", tone(BROWSER_HZ, VOICE_SECONDS, rate=48000), rate=48000)
    async with chromium(microphone) as page:
        telephone = JsSip(page, wss_port, DOMAIN)
        await telephone.open()
        yield telephone


async def make_telephone(system: System, far: Baresip) -> str:
    """Of the only agent, who is logged in at the desk; where the centre's number leads. Its password."""
    centre = await make_centre(system, carrier_port=far.sip)
    domain = await system.post("/v1/phone-domains", domain=DOMAIN)
    phone = await system.post("/v1/phones", user_id=centre.agents[0]["id"], domain_id=domain["id"], name="anna")
    number = (await system.get("/v1/numbers"))["items"][0]
    tenant = {"outbound_trunk_id": centre.trunk["id"], "outbound_number_id": number["id"]}
    assert (await system.owner.patch("/v1/tenant", json=tenant)).is_success
    changed = {"forward_phone": "anna"}
    assert (await system.owner.patch(f"/v1/numbers/{number['id']}", json=changed)).is_success
    await system.settled()
    return str(phone["secret"])


@asynccontextmanager
async def logged_in(system: System, email: str) -> AsyncGenerator[None]:
    """The desk of an agent without a softphone."""
    desk = WebrtcAgent(system, email, tone(BROWSER_HZ, 1))
    await system.log_in(desk.http, email)
    await desk.connect()
    await desk.intent(type="log_in")
    yield
    await desk.disconnect()


async def until_closed(far: Baresip) -> float:
    """Seconds of the browser's tone in the call that ends now; baresip writes what it hears up to its first hold."""

    await far.until("CALL_CLOSED")
    far.events.clear()
    newest = max((far.folder / "heard").glob("dump-*-dec.wav"), key=lambda file: file.stat().st_mtime)
    return seconds_of(read(newest)[0], BROWSER_HZ)


async def test_it_registers_calls_and_is_called(system: System, far: Baresip, browser: JsSip) -> None:
    password = await make_telephone(system, far)
    async with far, logged_in(system, "agent1@example.org"):
        await browser.register("anna", "guessed")
        assert await browser.until("refused") == "401"
        await browser.register("anna", password)
        await browser.until("registered")

        await browser.dial("nobody")
        assert await browser.until("failed") == f'404 Q.850;cause=28;text="{HOW_TO_DIAL}"'

        await browser.dial(NATIONALLY)
        await browser.until("confirmed")
        assert await hears(browser.page, FAR_HZ)
        await browser.page.wait_for_timeout(1000 * HEARD_SECONDS)
        await browser.hang_up()
        await browser.until("ended")
        assert await until_closed(far) > HEARD_SECONDS

        await far.command("dial", f"sip:{Centre.NUMBER}@127.0.0.1:{system.sip_port}")
        assert await browser.until("invited") == FAR_NUMBER
        await browser.answer()
        await browser.until("confirmed")
        assert await hears(browser.page, FAR_HZ)
        await browser.page.wait_for_timeout(1000 * HEARD_SECONDS)
        await browser.hold(on=True)
        assert await hears(browser.page, 0.0), "the far end is still heard on hold"
        await browser.hold(on=False)
        assert await hears(browser.page, FAR_HZ)
        await far.command("hangup")
        await browser.until("ended")
        assert await until_closed(far) > HEARD_SECONDS


async def test_its_call_outlives_restarts_of_ice_and_of_the_server(
    system: System, far: Baresip, browser: JsSip
) -> None:
    """After the first kill the browser speaks first, after the second one we do: our BYE, by its new connection."""
    password = await make_telephone(system, far)
    async with far, logged_in(system, "agent1@example.org"):
        await browser.register("anna", password)
        await browser.until("registered")
        await browser.dial(NATIONALLY)
        await browser.until("confirmed")
        began = asyncio.get_running_loop().time()
        assert await browser.restart_ice()
        assert await hears(browser.page, FAR_HZ)

        await system.kill()
        assert await hears(browser.page, FAR_HZ), "the engine goes on without the server"
        await browser.forget()
        await system.start()
        await browser.until("registered", RECONNECTED_SECONDS)
        assert await browser.restart_ice(), "in a dialog and on a leg of another process"
        assert await hears(browser.page, FAR_HZ)

        await system.kill()
        await browser.forget()
        await system.start()
        await browser.until("registered", RECONNECTED_SECONDS)
        spoken = asyncio.get_running_loop().time() - began
        await far.command("hangup")
        await browser.until("ended")
        assert await until_closed(far) > min(spoken, VOICE_SECONDS) - UNHEARD_SECONDS


async def test_an_end_that_it_could_not_hear_of_is_told_when_it_is_back(
    system: System, far: Baresip, browser: JsSip
) -> None:
    password = await make_telephone(system, far)
    async with far, logged_in(system, "agent1@example.org"):
        await browser.register("anna", password)
        await browser.until("registered")
        await browser.dial(NATIONALLY)
        await browser.until("confirmed")
        assert await hears(browser.page, FAR_HZ)
        await browser.disconnect()
        await far.command("hangup")
        await until_closed(far)
        await browser.forget()
        await browser.reconnect()
        await browser.until("registered", RECONNECTED_SECONDS)
        assert await browser.until("ended", 3.0) == "Terminated"

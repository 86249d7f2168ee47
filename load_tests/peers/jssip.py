"""JsSIP in a page of headless Chromium: a browser as a SIP telephone."""

import asyncio
import json
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from load_tests.peers.system import eventually

WEB = Path(__file__).parent.parent.parent / "web"
LIBRARY = WEB / "node_modules" / "jssip" / "lib" / "JsSIP.js"
ORIGIN = "http://localhost"  # a secure context for microphones, as an address of the loopback is

PAGE = """
<!doctype html><title>Telephone</title><audio data-testid="remote-audio" autoplay></audio>
<script src="/jssip.js"></script>
<script>
const seen = [];
let agent, session;
const note = (name, detail = "") => seen.push([name, detail]);

function follow(found) {
  session = found;
  const hear = (connection) => connection.addEventListener("track", (event) => {
    document.querySelector("audio").srcObject = event.streams[0];
  });
  if (session.connection) hear(session.connection);
  session.on("peerconnection", ({ peerconnection }) => hear(peerconnection));
  session.on("progress", ({ response }) => note("progress", response ? String(response.status_code) : ""));
  session.on("confirmed", () => note("confirmed"));
  session.on("ended", ({ cause }) => note("ended", cause));
  session.on("failed", ({ message, cause }) =>
    note("failed", message?.status_code ? `${message.status_code} ${message.getHeader("Reason") ?? ""}` : cause));
}

function start(socket, settings) {
  agent = new JsSIP.UA({ sockets: [new JsSIP.WebSocketInterface(socket)], session_timers: false,
    connection_recovery_min_interval: 1, connection_recovery_max_interval: 2, ...settings });
  agent.on("registered", () => note("registered"));
  agent.on("registrationFailed", ({ response }) => note("refused", String(response?.status_code)));
  agent.on("newRTCSession", ({ originator, request, session }) => {
    follow(session);
    if (originator === "remote") note("invited", request.from.uri.user);
  });
  agent.start();
}

const media = { mediaConstraints: { audio: true, video: false }, pcConfig: { iceServers: [] } };
const dial = (target) => void agent.call(target, media);
const answer = () => session.answer(media);
const theirs = () => /ice-ufrag:(\\S+)/.exec(session.connection.remoteDescription.sdp)[1];

async function restartIce() {
  const former = theirs();
  const offer = { rtcOfferConstraints: { iceRestart: true } };
  await new Promise((done, refused) => session.renegotiate(offer, done) || refused(new Error("not now")));
  return former !== theirs();
}
</script>
"""


@cache
def bundle() -> str:
    """JsSIP as one script; its package has its modules only."""
    return _bundled.read_text()


_bundled = WEB / "node_modules" / ".cache" / "jssip.js"


async def make_bundle() -> None:
    """By the bundler that the desk is built with, once."""
    if _bundled.exists() and _bundled.stat().st_mtime > LIBRARY.stat().st_mtime:
        return
    process = await asyncio.create_subprocess_exec(
        str(WEB / "node_modules" / ".bin" / "rolldown"),
        *(str(LIBRARY), "--format", "iife", "--name", "JsSIP", "--platform", "browser", "--file", str(_bundled)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


class JsSip:
    """One page; `seen` are the library's events by name, each with a detail."""

    def __init__(self, page: Page, port: int, domain: str) -> None:
        self.page = page
        self._port = port
        self._domain = domain

    async def open(self) -> None:
        """Load the page, which needs no server."""
        await make_bundle()

        async def serve(route: Any) -> None:
            script = route.request.url.endswith("/jssip.js")
            kind = "text/javascript" if script else "text/html"
            await route.fulfill(content_type=kind, body=bundle() if script else PAGE)

        # A page that came from nowhere may not connect to the loopback otherwise.
        await self.page.context.grant_permissions(["microphone", "local-network-access"])
        await self.page.route(f"{ORIGIN}/**", serve)
        await self.page.goto(f"{ORIGIN}/")

    async def register(self, user: str, password: str) -> None:
        settings = {"uri": f"sip:{user}@{self._domain}", "password": password, "register_expires": 120}
        await self.page.evaluate(f"start('wss://127.0.0.1:{self._port}', {json.dumps(settings)})")

    async def dial(self, user: str) -> None:
        await self.page.evaluate(f"dial('sip:{user}@{self._domain}')")

    async def answer(self) -> None:
        await self.page.evaluate("answer()")

    async def hang_up(self) -> None:
        await self.page.evaluate("session.terminate()")

    async def hold(self, *, on: bool) -> None:
        await self.page.evaluate("session.hold()" if on else "session.unhold()")

    async def restart_ice(self) -> bool:
        """By a re-INVITE; whether the answer to it had other credentials."""
        return bool(await self.page.evaluate("restartIce()"))

    async def disconnect(self) -> None:
        """Close the connection and stay away until `reconnect`; the call's sound goes on."""
        await self.page.evaluate("agent.transport.disconnect()")

    async def reconnect(self) -> None:
        """Connect and register again."""
        await self.page.evaluate("agent.transport.connect()")

    async def forget(self) -> None:
        """What was seen so far."""
        await self.page.evaluate("seen.splice(0)")

    async def stop(self) -> None:
        """Hang up and end the registration."""
        await self.page.evaluate("agent.stop()")

    async def until(self, name: str, seconds: float = 10) -> str:
        """The detail of the next event of this name; what came before it is forgotten."""
        take = f"seen.splice(0, seen.findIndex(([one]) => one === '{name}') + 1).at(-1) ?? null"
        event = await eventually(lambda: self.page.evaluate(take), seconds)
        assert event, f"no {name}: {await self.page.evaluate('JSON.stringify(seen)')}"
        return str(event[1])

"""An agent at the real page in headless Chromium, with a WAV file as microphone."""

import shutil
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Page, async_playwright

from load_tests.peers.system import PASSWORD, System, eventually

NEAR = 40.0  # Hz: wider than a bin of the page's analyser, narrower than the distance of the voices

FLAGS = (
    "--no-sandbox",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
    "--disable-gpu",
    "--no-first-run",
)

CALL, RECORDING = "remote-audio", "recording-audio"  # what the page plays sound by

# The loudest frequency of what an element of the page plays, in Hz, over `milliseconds`; 0 when it is silent.
HEARD = """
async ([element, milliseconds]) => {
  const audio = document.querySelector(`[data-testid="${element}"]`);
  const sound = audio?.srcObject ?? audio?.captureStream?.();
  if (!sound?.getAudioTracks().length) return 0;
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  analyser.fftSize = 8192;
  context.createMediaStreamSource(sound).connect(analyser);
  await context.resume();
  const bins = new Float32Array(analyser.frequencyBinCount);
  await new Promise((done) => setTimeout(done, milliseconds));
  analyser.getFloatFrequencyData(bins);
  await context.close();
  let loudest = 0;
  for (let bin = 1; bin < bins.length; bin++) if (bins[bin] > bins[loudest]) loudest = bin;
  return bins[loudest] < -70 ? 0 : (loudest * context.sampleRate) / analyser.fftSize;
}
"""

# Keeps the page's connections, for what they can say about themselves.
KEEP_PEERS = """
window.peers = [];
window.RTCPeerConnection = class extends RTCPeerConnection {
  constructor(...all) { super(...all); window.peers.push(this); }
};
"""

# The codec of each direction in which packets passed.
CODECS = """
async () => {
  const used = {};
  for (const peer of window.peers) {
    const stats = await peer.getStats();
    for (const { type, packetsSent, packetsReceived, codecId } of stats.values())
      if (/^(in|out)bound-rtp$/.test(type) && (packetsSent || packetsReceived))
        used[type] = stats.get(codecId).mimeType;
  }
  return used;
}
"""


async def codecs_in_use(page: Page) -> dict[str, str]:
    return dict(await page.evaluate(CODECS))


async def heard_hertz(page: Page, milliseconds: int = 600, element: str = CALL) -> float:
    return float(await page.evaluate(HEARD, [element, milliseconds]))


async def hears(page: Page, hertz: float, seconds: float = 5, element: str = CALL) -> bool:
    """Whether this tone comes to be the loudest within seconds; 0: silence."""

    async def near() -> bool:
        return abs(await heard_hertz(page, element=element) - hertz) < NEAR

    return bool(await eventually(near, seconds))


@asynccontextmanager
async def chromium(microphone: Path) -> AsyncGenerator[Page]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which("chromium"),
            args=[*FLAGS, f"--use-file-for-fake-audio-capture={microphone}"],
        )
        context = await browser.new_context(
            permissions=["microphone"], viewport={"width": 1280, "height": 800}, ignore_https_errors=True
        )
        page = await context.new_page()
        await page.add_init_script(KEEP_PEERS)
        page.set_default_timeout(10_000)
        yield page
        await browser.close()


async def log_in(page: Page, system: System, email: str = "agent1@example.org") -> None:
    await page.goto(system.url)
    await page.get_by_label("E-mail").fill(email)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await page.get_by_role("button", name="Allow microphone").click()


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).click()

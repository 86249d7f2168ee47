"""baresip as a caller: headless, a WAV file as its microphone, what it hears recorded to a file."""

import asyncio
import json
from pathlib import Path
from typing import Any, Self

from load_tests.peers.sound import tone, write
from load_tests.peers.system import eventually, free_port, rtp_ports

MODULES = Path("/usr/lib/baresip/modules")
GOODBYE_SECONDS = 5.0  # it waits for the answer to its last REGISTER, 32 s where nobody lets it in
CONFIG = """\
sip_listen 127.0.0.1:{sip}
net_interface 127.0.0.1
audio_source aufile,{microphone}
audio_player aubridge,sink
audio_alert aubridge,none
ausrc_srate 8000
auplay_srate 8000
ausrc_channels 1
auplay_channels 1
rtp_ports {rtp}
module_path {modules}
module g711.so
module g722.so
module opus.so
module srtp.so
module aufile.so
module aubridge.so
module sndfile.so
snd_path {sounds}
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
ctrl_tcp_listen 127.0.0.1:{control}
"""


class Baresip:
    """`events` collects what its control connection says; commands are its menu's.

    `encryption` is baresip's word for media: `srtp-mand` is RTP/SAVP with SDES keys, `srtp` the same as an offer in
    RTP/AVP. `account` is a line of its own for the file of accounts, such as one that registers.
    """

    def __init__(
        self,
        folder: Path,
        microphone: Path,
        user: str,
        codecs: str = "PCMA",
        encryption: str = "",
        account: str = "",
    ) -> None:
        self.folder = folder
        self.sip = free_port()
        self.control = free_port()
        self.events: list[dict[str, Any]] = []
        sounds = folder / "heard"
        sounds.mkdir(parents=True)
        (folder / "config").write_text(
            CONFIG.format(
                sip=self.sip,
                microphone=microphone,
                rtp=rtp_ports(100),
                modules=MODULES,
                sounds=sounds,
                control=self.control,
            )
        )
        (folder / "accounts").write_text(
            account
            or f"<sip:{user}@127.0.0.1:{self.sip};transport=udp>;regint=0;answermode=auto;audio_codecs={codecs}"
            f"{f';mediaenc={encryption}' if encryption else ''}\n"
        )
        (folder / "contacts").write_text("")

    def configure(self, line: str) -> None:
        """One more line of its configuration, before it starts."""
        with (self.folder / "config").open("a") as file:
            file.write(f"{line}\n")

    async def __aenter__(self) -> Self:
        log = (self.folder / "baresip.log").open("wb")
        self.process = await asyncio.create_subprocess_exec(
            "baresip", "-f", str(self.folder), "-v", stdin=asyncio.subprocess.DEVNULL, stdout=log, stderr=log
        )
        log.close()
        for _ in range(100):
            try:
                self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self.control)
                break
            except OSError:
                await asyncio.sleep(0.05)
        else:
            raise AssertionError((self.folder / "baresip.log").read_text())
        self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listener.cancel()
        self._writer.close()
        self.process.terminate()
        try:
            async with asyncio.timeout(GOODBYE_SECONDS):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()

    async def _listen(self) -> None:
        while True:
            length = int((await self._reader.readuntil(b":"))[:-1])
            body = await self._reader.readexactly(length + 1)
            self.events.append(json.loads(body[:-1]))

    async def command(self, command: str, parameters: str = "") -> None:
        body = json.dumps({"command": command, "params": parameters}).encode()
        self._writer.write(b"%d:%s," % (len(body), body))
        await self._writer.drain()

    def saw(self, kind: str) -> bool:
        return any(event.get("type") == kind for event in self.events)

    async def until(self, kind: str, seconds: float = 10.0) -> None:
        async def saw() -> bool:
            return self.saw(kind)

        assert await eventually(saw, seconds), f"no {kind} in {[event.get('type') for event in self.events]}"

    def heard(self) -> Path:
        """The file of what came in, as decoded by baresip."""
        return next((self.folder / "heard").glob("dump-*-dec.wav"))


def with_tone(folder: Path, name: str, hertz: float, number: str) -> Baresip:
    """One whose voice is a tone, for a minute."""
    return Baresip(folder / name, write(folder / f"{name}.wav", tone(hertz, 60)), number)

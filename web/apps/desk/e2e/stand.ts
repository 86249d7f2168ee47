/** The built desk, a scripted server and two tabs of one browser: the agent's, and the far end's. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { type PreviewServer, preview } from "vite";
import { ScriptedServer, scriptedDesk } from "../dev/scripted-desk.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

export const CHROMIUM = process.env.CHROMIUM ?? "/usr/bin/chromium";
export const hasChromium = existsSync(CHROMIUM);

const FLAGS = [
  "--no-sandbox",
  "--use-fake-ui-for-media-stream",
  "--use-fake-device-for-media-stream",
  "--autoplay-policy=no-user-gesture-required",
  "--allow-loopback-in-peer-connection",
  "--disable-features=WebRtcHideLocalIpsWithMdns",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--disable-quic",
  "--disable-gpu",
  "--no-first-run",
];

/** As strict as the server's own: what the page cannot do there, it must not do here. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self' blob:; connect-src 'self'";

export interface Stand {
  readonly browser: Browser;
  readonly server: ScriptedServer;
  readonly url: string;
  stop(): Promise<void>;
}

export async function makeStand(): Promise<Stand> {
  const server = new ScriptedServer();
  const vite: PreviewServer = await preview({
    root: ROOT,
    configFile: false,
    logLevel: "silent",
    plugins: [scriptedDesk(server)],
    preview: { port: 0, host: "127.0.0.1", headers: { "Content-Security-Policy": POLICY } },
  });
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
  return {
    browser,
    server,
    url: vite.resolvedUrls?.local[0] ?? "",
    stop: async () => {
      await browser.close();
      await vite.close();
    },
  };
}

export interface Desk {
  readonly page: Page;
  readonly farEnd: Page;
  readonly errors: string[];
  close(): Promise<void>;
}

export async function openDesk(stand: Stand, options: BrowserContextOptions = {}): Promise<Desk> {
  const context = await stand.browser.newContext({
    permissions: ["microphone"],
    viewport: { width: 1280, height: 800 },
    ...options,
  });
  const farEnd = await context.newPage();
  await farEnd.goto(`${stand.url}far-end`);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(stand.url);
  return { page, farEnd, errors, close: () => context.close() };
}

export async function logIn(page: Page, password = "correct horse"): Promise<void> {
  await page.getByLabel("E-mail").fill("agent@example.org");
  await page.getByLabel("Password").fill(password);
  await press(page, "Log in");
}

export async function press(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

/** The loudest frequency in Hz of what the page plays; 0 when it is silent. */
export function heardHertz(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const audio = document.querySelector<HTMLAudioElement>('[data-testid="remote-audio"]');
    if (!(audio?.srcObject instanceof MediaStream)) return 0;
    const context = new AudioContext();
    const analyser = new AnalyserNode(context, { fftSize: 8192 });
    context.createMediaStreamSource(audio.srcObject).connect(analyser);
    await new Promise((done) => setTimeout(done, 600));
    const bins = new Float32Array(analyser.frequencyBinCount);
    analyser.getFloatFrequencyData(bins);
    await context.close();
    const loudest = bins.indexOf(Math.max(...bins));
    return (bins[loudest] ?? -100) < -70 ? 0 : (loudest * context.sampleRate) / analyser.fftSize;
  });
}

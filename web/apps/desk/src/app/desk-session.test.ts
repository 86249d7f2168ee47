import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { callOf } from "../../dev/calls.ts";
import { ago, firstState, OFFER } from "../../dev/scene.ts";
import type { ClientFrame, DeskState, Intent, ServerFrame } from "../link/protocol.ts";
import { DeskSession } from "./desk-session.ts";

class TestSocket {
  static made: TestSocket[] = [];
  static readonly OPEN = 1;
  onopen: ((event: Event) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  onmessage: ((event: MessageEvent) => void) | null = null;
  readyState = 0;
  frames: ClientFrame[] = [];

  constructor() {
    TestSocket.made.push(this);
  }

  send(data: string): void {
    this.frames.push(JSON.parse(data) as ClientFrame);
  }

  close(): void {
    this.readyState = 3;
  }

  get intents(): Intent[] {
    return this.frames.flatMap((frame) => (frame.op === "intent" ? [frame.intent] : []));
  }

  async says(frame: ServerFrame): Promise<void> {
    this.onmessage?.(new MessageEvent("message", { data: JSON.stringify(frame) }));
    await vi.advanceTimersByTimeAsync(0);
  }

  /** The desk is online and logged in. */
  async opens(state: Partial<DeskState>): Promise<void> {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
    const now = new Date().toISOString();
    await this.says({ op: "snapshot", stream: "s", sequence: 1, now, state: { ...firstState(), ...state } });
    for (const frame of this.frames) {
      if (frame.op === "intent") await this.says({ op: "reply", id: frame.id, ok: true });
    }
  }
}

const CALL = callOf({ ...OFFER, id: "c1", direction: "inbound" });

let desk: DeskSession;

function socket(): TestSocket {
  const last = TestSocket.made.at(-1);
  if (last === undefined) throw new Error("no socket was made");
  return last;
}

async function newDesk(state: Partial<DeskState>): Promise<void> {
  desk = new DeskSession({ onLeft: vi.fn(), onSessionEnded: vi.fn(), onLost: vi.fn() });
  desk.start();
  await vi.advanceTimersByTimeAsync(1_000);
  await socket().opens(state);
}

async function loseLink(): Promise<void> {
  socket().onclose?.({ code: 1006 } as CloseEvent);
  await vi.advanceTimersByTimeAsync(0);
}

async function comeBack(state: Partial<DeskState>): Promise<void> {
  await vi.advanceTimersByTimeAsync(1_000);
  await socket().opens(state);
}

const TALKING: Partial<DeskState> = { call: CALL };
const HANG_UP: Intent = { type: "hang_up", call: CALL.id };

beforeEach(() => {
  vi.useFakeTimers();
  sessionStorage.clear();
  TestSocket.made = [];
  vi.stubGlobal("WebSocket", TestSocket);
  vi.spyOn(navigator, "locks", "get").mockReturnValue(undefined as unknown as LockManager);
});

afterEach(() => {
  desk.stop();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

describe("hanging up while the service is out of reach", () => {
  it("is said when the connection is back, and nobody is heard meanwhile", async () => {
    await newDesk(TALKING);
    await loseLink();
    expect(await desk.act(HANG_UP)).toBe(false);
    expect(desk.softphone.store.get().muted).toBe(true);
    expect(desk.notices.store.get().items.map((notice) => notice.problem.code)).toEqual(["done_when_back"]);
    await comeBack(TALKING);
    expect(socket().intents).toEqual([expect.objectContaining({ type: "log_in" }), HANG_UP]);
    await loseLink();
    await comeBack(TALKING);
    expect(socket().intents).toEqual([expect.objectContaining({ type: "log_in" })]);
  });

  it("is said again when its answer was lost with the connection", async () => {
    await newDesk(TALKING);
    void desk.act(HANG_UP);
    await loseLink();
    await comeBack(TALKING);
    expect(socket().intents).toContainEqual(HANG_UP);
  });

  it.each([
    ["is over", { call: { ...CALL, state: "ended", ended_at: ago(1) } }],
    ["is another one", { call: { ...CALL, id: "c2" } }],
    ["is nowhere", { call: null }],
  ] as const)("is forgotten when the call %s by then", async (_, state) => {
    await newDesk(TALKING);
    await loseLink();
    await desk.act(HANG_UP);
    await comeBack(state);
    expect(socket().intents).not.toContainEqual(HANG_UP);
  });

  it("is said by the reloaded page", async () => {
    await newDesk(TALKING);
    await loseLink();
    await desk.act(HANG_UP);
    desk.stop();
    await newDesk(TALKING);
    expect(socket().intents).toContainEqual(HANG_UP);
  });
});

describe("answering while the service is out of reach", () => {
  it("is said when the connection is back and it still rings", async () => {
    const state = { offer: OFFER };
    await newDesk(state);
    await loseLink();
    await desk.answer(OFFER.id);
    await comeBack(state);
    expect(socket().intents).toContainEqual({ type: "accept_offer", offer: OFFER.id });
  });
});

describe("other decisions", () => {
  it("are for the person to say again", async () => {
    await newDesk(TALKING);
    await loseLink();
    await desk.act({ type: "hold", call: CALL.id });
    expect(desk.notices.store.get().items.map((notice) => notice.problem.code)).toEqual(["connection_lost"]);
    await comeBack(TALKING);
    expect(socket().intents).toHaveLength(1);
  });
});

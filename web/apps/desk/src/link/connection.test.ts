import type { FromGateway } from "@cordboard/softphone";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { firstState } from "../../dev/scene.ts";
import { DeskConnection, type SocketLike } from "./connection.ts";
import type { ClientFrame, ServerFrame } from "./protocol.ts";

class TestSocket implements SocketLike {
  static made: TestSocket[] = [];
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

  opens(): void {
    this.readyState = 1;
    this.onopen?.(new Event("open"));
  }

  says(frame: ServerFrame | string): void {
    const data = typeof frame === "string" ? frame : JSON.stringify(frame);
    this.onmessage?.(new MessageEvent("message", { data }));
  }

  ends(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }
}

const LOG_IN = { type: "log_in", desk: "page", take_over: false } as const;

let link: DeskConnection;
let takeOver: boolean;
let up: number;
let down: number;
let heard: FromGateway[];

function socket(): TestSocket {
  const last = TestSocket.made.at(-1);
  if (last === undefined) throw new Error("no socket was made");
  return last;
}

function snapshot(sequence = 3): ServerFrame {
  return { op: "snapshot", stream: "s1", sequence, now: new Date().toISOString(), state: firstState() };
}

function goOnline(): void {
  link.open();
  socket().opens();
  socket().says(snapshot());
}

function hello(of: TestSocket): ClientFrame | undefined {
  return of.frames.find((frame) => frame.op === "hello");
}

beforeEach(() => {
  vi.useFakeTimers();
  TestSocket.made = [];
  up = 0;
  takeOver = false;
  down = 0;
  heard = [];
  link = new DeskConnection({
    makeSocket: () => new TestSocket(),
    random: () => 1,
    page: () => ({ desk: "page", takeOver }),
    onSoftphone: (message) => heard.push(message),
    onUp: () => {
      up += 1;
    },
    onDown: () => {
      down += 1;
    },
  });
});

afterEach(() => {
  link.close();
  vi.useRealTimers();
});

describe("hello", () => {
  it("greets without a stream at first and is online with the first word", () => {
    goOnline();
    expect(hello(socket())).toEqual({ op: "hello", stream: null, last: 0, desk: "page", take_over: false });
    expect(link.store.get()).toMatchObject({ status: "online", wasOnline: true });
    expect(up).toBe(1);
  });

  it("resumes from the last number after a loss, and takes what was missed", () => {
    goOnline();
    socket().says({ op: "event", sequence: 4, changes: { alarms: [] } });
    socket().ends(1006);
    expect({ status: link.store.get().status, down }).toEqual({ status: "waiting", down: 1 });
    vi.advanceTimersByTime(250);
    socket().opens();
    expect(hello(socket())).toEqual({ op: "hello", stream: "s1", last: 4, desk: "page", take_over: false });
    socket().says({ op: "event", sequence: 5, changes: { not_ready_reasons: ["rest"] } });
    expect(link.store.get().desk?.not_ready_reasons).toEqual(["rest"]);
    expect(up).toBe(2);
  });

  it("says hello again when a number is missing", () => {
    goOnline();
    socket().says({ op: "event", sequence: 5, changes: { not_ready_reasons: [] } });
    expect(link.store.get().status).toBe("waiting");
    expect(link.store.get().desk?.not_ready_reasons).not.toEqual([]);
    vi.advanceTimersByTime(250);
    socket().opens();
    expect(hello(socket())).toEqual({ op: "hello", stream: "s1", last: 3, desk: "page", take_over: false });
  });

  it("keeps showing the last view while it is away", () => {
    goOnline();
    socket().ends(1006);
    expect(link.store.get().desk).not.toBeNull();
  });
});

describe("back-off", () => {
  it("waits twice as long each time, up to five seconds, and begins anew after a success", () => {
    goOnline();
    const pauses = [250, 500, 1000, 2000, 4000, 5000, 5000];
    for (const pause of pauses) {
      const before = TestSocket.made.length;
      socket().ends(1006);
      vi.advanceTimersByTime(pause - 1);
      expect(TestSocket.made).toHaveLength(before);
      vi.advanceTimersByTime(1);
      expect(TestSocket.made).toHaveLength(before + 1);
    }
    socket().opens();
    socket().says(snapshot());
    socket().ends(1006);
    vi.advanceTimersByTime(250);
    expect(TestSocket.made).toHaveLength(pauses.length + 2);
  });

  it("gives up a connection that says nothing for 25 s", () => {
    goOnline();
    vi.advanceTimersByTime(24_999);
    expect(link.store.get().status).toBe("online");
    vi.advanceTimersByTime(1);
    expect(link.store.get().status).toBe("waiting");
  });

  it("lives on pongs", () => {
    goOnline();
    for (let second = 0; second < 60; second += 10) {
      vi.advanceTimersByTime(10_000);
      socket().says({ op: "pong", now: new Date().toISOString() });
    }
    expect(link.store.get().status).toBe("online");
    expect(socket().frames.filter((frame) => frame.op === "ping").length).toBeGreaterThanOrEqual(6);
  });
});

describe("intents", () => {
  it("resolves with the server's yes and rejects with its reason", async () => {
    goOnline();
    const yes = link.intend(LOG_IN);
    const no = link.intend({ type: "log_out" });
    const [first = 0, second = 0] = socket().frames.flatMap((frame) => (frame.op === "intent" ? [frame.id] : []));
    socket().says({ op: "reply", id: second, ok: false, problem: { code: "no_seat" } });
    socket().says({ op: "reply", id: first, ok: true });
    await expect(yes).resolves.toBeUndefined();
    await expect(no).rejects.toMatchObject({ problem: { code: "no_seat" } });
  });

  it("fails those on their way when the connection is lost, and those without one at once", async () => {
    goOnline();
    const waiting = link.intend(LOG_IN);
    socket().ends(1006);
    await expect(waiting).rejects.toMatchObject({ problem: { code: "connection_lost" } });
    await expect(link.intend(LOG_IN)).rejects.toMatchObject({ problem: { code: "connection_lost" } });
  });
});

describe("closed on purpose", () => {
  it.each([
    [4409, "taken_over"],
    [4410, "elsewhere"],
    [4401, "ended"],
    [4400, "refused"],
  ])("%i leaves it %s and does not try again by itself", (code, status) => {
    goOnline();
    socket().ends(code);
    vi.advanceTimersByTime(60_000);
    expect(link.store.get().status).toBe(status);
    expect(TestSocket.made).toHaveLength(1);
  });

  it("comes back by itself after being too slow", () => {
    goOnline();
    socket().ends(4408);
    vi.advanceTimersByTime(250);
    expect(TestSocket.made).toHaveLength(2);
  });

  it("takes over with a fresh hello when asked", () => {
    goOnline();
    socket().ends(4409);
    takeOver = true;
    link.open();
    socket().opens();
    expect(hello(socket())).toEqual({ op: "hello", stream: null, last: 0, desk: "page", take_over: true });
  });

  it("keeps the server's words about it", () => {
    goOnline();
    socket().says({ op: "error", problem: { code: "forbidden", detail: "no" } });
    socket().ends(4403);
    expect(link.store.get()).toMatchObject({ status: "refused", problem: { code: "forbidden" } });
  });
});

describe("other words", () => {
  it("hands the softphone's words on", () => {
    goOnline();
    socket().says({ op: "softphone", message: { type: "transmit", on: true } });
    expect(heard).toEqual([{ type: "transmit", on: true }]);
    expect(link.sendSoftphone({ type: "bye" })).toBe(true);
  });

  it("passes over what it does not understand", () => {
    goOnline();
    socket().says("not json");
    socket().says('{"op":"weather"}');
    socket().says("null");
    expect(link.store.get().status).toBe("online");
  });
});

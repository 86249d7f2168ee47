/** The WebSocket of the live board: it only looks. The server speaks first; a lost one brings a new snapshot. */

import { Store, step } from "@cordboard/softphone";
import type { SocketLike } from "../link/connection.ts";
import { LINK, type LinkEffect, type LinkInput, type LinkStatus } from "../link/link-machine.ts";
import { CLOSED } from "../link/protocol.ts";
import { type BoardState, parseBoardFrame } from "./protocol.ts";
import { foldBoard, NO_BOARD } from "./view.ts";

const PING_MS = 10_000;
/** Two pings unanswered: the connection is dead though nobody said so. */
const PATIENCE_MS = 25_000;
const RETRY_MS = 1_000;

export interface BoardLink {
  readonly status: LinkStatus;
  readonly board: BoardState | null;
}

/** Of a client where one is named: a browser's WebSocket has no headers of its own. */
export function boardSocket(client: string | null = null): WebSocket {
  const url = new URL("/v1/live/events", window.location.href);
  if (client !== null) url.searchParams.set("client", client);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url);
}

export class BoardConnection {
  readonly store = new Store<BoardLink>({ status: "idle", board: null });
  private view = NO_BOARD;
  private socket: SocketLike | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;
  private readonly makeSocket: () => SocketLike;

  constructor(makeSocket: () => SocketLike = () => boardSocket()) {
    this.makeSocket = makeSocket;
  }

  open(): void {
    this.feed("open");
  }

  close(): void {
    this.feed("close");
  }

  private feed(input: LinkInput): void {
    const { to, effects } = step(LINK, this.store.get().status, input);
    this.store.set({ status: to });
    for (const effect of effects) this.effects[effect]();
  }

  private readonly effects: Record<LinkEffect, () => void> = {
    connect: () => this.connect(),
    greet: () => undefined,
    arm_patience: () => this.arm(PATIENCE_MS, "silent"),
    arm_retry: () => this.arm(RETRY_MS * (1 + Math.random()), "retry_due"), // boards do not come back all at once
    disarm: () => clearTimeout(this.timer),
    disconnect: () => this.disconnect(),
    announce_up: () => undefined,
    announce_down: () => undefined,
    forget: () => {
      this.view = NO_BOARD;
    },
  };

  private arm(milliseconds: number, input: LinkInput): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.feed(input), milliseconds);
  }

  private connect(): void {
    const socket = this.makeSocket();
    this.socket = socket;
    socket.onopen = () => this.feed("opened");
    socket.onmessage = (event) => this.hear(String(event.data));
    socket.onclose = (event) => this.closed(event.code);
    this.pinger = setInterval(() => socket.send(JSON.stringify({ op: "ping" })), PING_MS);
  }

  private disconnect(): void {
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  private closed(code: number): void {
    if (code === CLOSED.sessionEnded) this.feed("session_ended");
    else this.feed(code >= 4400 && code < 4500 && code !== CLOSED.tooSlow ? "refused" : "lost");
  }

  private hear(text: string): void {
    const frame = parseBoardFrame(text);
    if (frame === null) return;
    const { view, gap } = foldBoard(this.view, frame);
    this.view = view;
    this.store.set({ board: view.state });
    this.feed(gap ? "lost" : "heard");
  }
}

/** The WebSocket of the desk: hello and resume, numbered events, intents with replies, back-off. */

import { type FromGateway, Store, step, type ToGateway } from "@cordboard/softphone";
import { ServerClock } from "./clock.ts";
import { LINK, type LinkEffect, type LinkInput, type LinkStatus } from "./link-machine.ts";
import { Pending } from "./pending.ts";
import { CLOSED, type ClientFrame, type DeskState, type Intent, type Problem, parseFrame } from "./protocol.ts";
import { EMPTY_VIEW, fold, type View } from "./view.ts";

const PING_MS = 10_000;
/** Two pings unanswered: the connection is dead though nobody said so. */
const PATIENCE_MS = 25_000;
const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 5_000;

export interface LinkView {
  readonly status: LinkStatus;
  readonly desk: DeskState | null;
  readonly problem: Problem | null;
  /** Whether this page was ever connected: an outage looks different from a first load. */
  readonly wasOnline: boolean;
  /** Failed attempts in a row. */
  readonly failures: number;
}

export interface SocketLike {
  onopen: ((event: Event) => void) | null;
  onclose: ((event: CloseEvent) => void) | null;
  onmessage: ((event: MessageEvent) => void) | null;
  readonly readyState: number;
  send(data: string): void;
  close(code?: number): void;
}

export interface DeskConnectionOptions {
  makeSocket(): SocketLike;
  /** 0..1, so that a thousand desks do not come back in the same instant. */
  random(): number;
  /** The name of this page, and whether the person here said to take the desk over from another. */
  page(): { readonly desk: string; readonly takeOver: boolean };
  onSoftphone(message: FromGateway): void;
  onUp(): void;
  onDown(): void;
}

const OPEN = 1;

const CLOSE_INPUT: Record<number, LinkInput> = {
  [CLOSED.sessionEnded]: "session_ended",
  [CLOSED.takenOver]: "taken_over",
  [CLOSED.elsewhere]: "elsewhere",
  [CLOSED.tooSlow]: "lost",
};

export class DeskConnection {
  readonly store = new Store<LinkView>({ status: "idle", desk: null, problem: null, wasOnline: false, failures: 0 });
  readonly clock = new ServerClock();
  private readonly pending = new Pending();
  private readonly options: DeskConnectionOptions;
  private socket: SocketLike | null = null;
  private view: View = EMPTY_VIEW;
  private pingedAt = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private pinger: ReturnType<typeof setInterval> | undefined;

  constructor(options: DeskConnectionOptions) {
    this.options = options;
  }

  open(): void {
    this.store.set({ problem: null });
    this.feed("open");
  }

  close(): void {
    this.feed("close");
  }

  /** The agent works at another desk, as routing says: this one waits until a person decides. */
  yield(): void {
    this.feed("elsewhere");
  }

  /** Rejects with IntentRefused: the server's reason, or `connection_lost`. */
  intend(intent: Intent): Promise<void> {
    return this.pending.add((id) => this.send({ op: "intent", id, intent }));
  }

  sendSoftphone(message: ToGateway): boolean {
    return this.store.get().status === "online" && this.send({ op: "softphone", message });
  }

  private feed(input: LinkInput): void {
    const { to, effects } = step(LINK, this.store.get().status, input);
    this.store.set({ status: to });
    for (const effect of effects) this.effects[effect]();
  }

  private readonly effects: Record<LinkEffect, () => void> = {
    connect: () => this.connect(),
    greet: () => {
      const { desk, takeOver } = this.options.page();
      this.send({ op: "hello", stream: this.view.stream, last: this.view.sequence, desk, take_over: takeOver });
      this.ping();
    },
    arm_patience: () => this.arm(PATIENCE_MS, "silent"),
    arm_retry: () => this.arm(this.backOff(), "retry_due"),
    disarm: () => clearTimeout(this.timer),
    disconnect: () => this.disconnect(),
    announce_up: () => {
      this.store.set({ wasOnline: true, problem: null, failures: 0 });
      this.options.onUp();
    },
    announce_down: () => this.options.onDown(),
    forget: () => {
      this.view = EMPTY_VIEW;
    },
  };

  private arm(delay: number, input: LinkInput): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.feed(input), delay);
  }

  private backOff(): number {
    const { failures } = this.store.get();
    this.store.set({ failures: failures + 1 });
    const ceiling = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** failures);
    return ceiling * (0.5 + this.options.random() / 2);
  }

  private connect(): void {
    const socket = this.options.makeSocket();
    this.socket = socket;
    socket.onopen = () => this.feed("opened");
    socket.onmessage = (event) => this.hear(String(event.data));
    socket.onclose = (event) => this.closed(event.code);
    this.pinger = setInterval(() => this.ping(), PING_MS);
  }

  private disconnect(): void {
    clearInterval(this.pinger);
    const socket = this.socket;
    this.socket = null;
    this.pending.fail({ code: "connection_lost" });
    if (socket === null) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000);
  }

  private closed(code: number): void {
    const ours = code >= 4400 && code < 4500;
    this.feed(CLOSE_INPUT[code] ?? (ours ? "refused" : "lost"));
  }

  private ping(): void {
    if (this.send({ op: "ping" })) this.pingedAt = performance.now();
  }

  private send(frame: ClientFrame): boolean {
    if (this.socket?.readyState !== OPEN) return false;
    this.socket.send(JSON.stringify(frame));
    return true;
  }

  private hear(text: string): void {
    const frame = parseFrame(text);
    if (frame === null) return;
    const { view, gap } = fold(this.view, frame);
    this.view = view;
    if (frame.op === "snapshot") this.clock.set(frame.now, null);
    if (frame.op === "pong") this.clock.set(frame.now, performance.now() - this.pingedAt);
    if (frame.op === "error") this.store.set({ problem: frame.problem });
    this.store.set({ desk: view.state });
    this.feed(gap ? "lost" : "heard");
    if (frame.op === "reply") this.pending.settle(frame.id, frame.ok ? null : frame.problem);
    if (frame.op === "softphone") this.options.onSoftphone(frame.message);
  }
}

/**
 * A fixture for development and tests: speaks the desk's WebSocket from a script, without telephony.
 * The product never contains it; sound comes from a second browser tab (far-end.html) that plays the gateway.
 */

import type { FromGateway, ToGateway } from "@cordboard/softphone";
import {
  type Call,
  CLOSED,
  type ClientFrame,
  type DeskChanges,
  type DeskState,
  type Intent,
  type ServerFrame,
} from "../src/link/protocol.ts";
import { merge } from "../src/link/view.ts";
import { callOf, offerOf, type Whose } from "./calls.ts";
import type { FarEnd, Line } from "./line.ts";
import { ago, firstState, inSeconds } from "./scene.ts";
import { asking, conferring, consulting, takeCallback, takePart, without } from "./sharing.ts";

const RING_SECONDS = 20;
const WRAP_UP_SECONDS = 60;

export class ScriptedDesk {
  state: DeskState = firstState();
  farEnd: FarEnd | null = null;
  readonly intents: Intent[] = [];
  private line: Line | null = null;
  private stream = 0;
  private sequence = 0;
  offers = 0;
  private legs = 0;
  private leg = "";
  private history: ServerFrame[] = [];

  reset(): void {
    this.line?.close(CLOSED.sessionEnded);
    this.line = null;
    this.state = firstState();
    this.intents.length = 0;
    this.offers = 0;
    this.history = [];
  }

  connect(line: Line): void {
    this.line?.close(CLOSED.takenOver);
    this.line = line;
  }

  disconnect(line: Line): void {
    if (this.line === line) this.line = null;
  }

  receive(line: Line, frame: ClientFrame): void {
    if (line !== this.line) return;
    switch (frame.op) {
      case "hello":
        this.greet(frame.stream, frame.last);
        break;
      case "ping":
        this.send({ op: "pong", now: new Date().toISOString() });
        break;
      case "softphone":
        this.signal(frame.message);
        break;
      case "intent":
        this.intents.push(frame.intent);
        this.send({ op: "reply", id: frame.id, ok: true });
        this.carryOut(frame.intent);
        break;
    }
  }

  /** A numbered event, as the server sends it. */
  change(changes: DeskChanges): void {
    this.sequence += 1;
    this.state = merge(this.state, changes);
    const event: ServerFrame = { op: "event", sequence: this.sequence, changes };
    this.history.push(event);
    this.send(event);
  }

  ring(caller: string | null = "+442079460018"): void {
    const [queue] = Object.values(this.state.queues);
    if (queue === undefined) return;
    this.become("offered", { until: inSeconds(RING_SECONDS) });
    this.change({ offer: offerOf(queue, caller, this.sequence, inSeconds(RING_SECONDS)) });
  }

  hangUp(): void {
    const { call } = this.state;
    if (call === null) return;
    this.change({ call: { ...call, state: "ended", ended_at: ago(0), held_since: null } });
    this.become("wrap_up", { until: inSeconds(WRAP_UP_SECONDS) });
    this.transmit(false);
  }

  become(state: DeskState["me"]["state"], change: Partial<DeskState["me"]> = {}): void {
    const { me } = this.state;
    this.change({
      me: { ...me, reason: "", until: null, requested: null, requested_reason: "", since: ago(0), state, ...change },
    });
  }

  answered(leg: string, sdp: string): void {
    this.tell({ type: "answer", leg, sdp });
  }

  ready(leg: string): void {
    this.leg = leg;
    this.tell({ type: "ready", leg });
    this.change({ me: { ...this.state.me, reachable: true } });
    if (this.state.call?.state === "connected") this.transmit(true);
  }

  /** Ends the connection as a restarted server would; the leg and the sound stay. */
  drop(code = 1012): void {
    this.line?.close(code);
    this.line = null;
  }

  private greet(stream: string | null, last: number): void {
    const known =
      stream === String(this.stream) && this.history.some((frame) => "sequence" in frame && frame.sequence === last);
    if (known) {
      for (const frame of this.history) if ("sequence" in frame && frame.sequence > last) this.send(frame);
      return;
    }
    this.stream += 1;
    this.send({
      op: "snapshot",
      stream: String(this.stream),
      sequence: this.sequence,
      now: new Date().toISOString(),
      state: this.state,
    });
  }

  private signal(message: ToGateway): void {
    if (message.type === "offer") {
      this.offers += 1;
      this.legs += 1;
      this.farEnd?.offer(`leg-${this.legs}`, message.sdp);
    } else if (message.type === "resume") {
      if (message.leg === this.leg) this.tell({ type: "ready", leg: message.leg });
      else this.tell({ type: "gone", leg: message.leg, reason: "unknown" });
    }
  }

  private carryOut(intent: Intent): void {
    const { call } = this.state;
    const acts: { [T in Intent["type"]]: (intent: Extract<Intent, { type: T }>) => void } = {
      log_in: () => this.become("not_ready", { reason: "logged_in" }),
      log_out: () => this.become("logged_out"),
      request_state: ({ state, reason }) => this.request(state, reason ?? ""),
      accept_offer: () => this.accept(),
      reject_offer: () => this.decline({ offer: null }),
      hang_up: () => this.hangUp(),
      hold: () => call && this.hold(call, true),
      retrieve: () => call && this.hold({ ...call, parties: [] }, false),
      press_digits: () => undefined,
      dial: ({ called }) => this.dial(called),
      finish_wrap_up: () => {
        this.change({ call: null });
        this.become("available");
      },
      extend_wrap_up: () => this.change({ me: { ...this.state.me, until: inSeconds(2 * WRAP_UP_SECONDS) } }),
      end_abusive_call: () => {
        this.change({ call: null });
        this.become("not_ready", { reason: "recovery", until: inSeconds(120) });
        this.transmit(false);
      },
      consult: ({ called }) => call && this.change({ call: consulting(call, called) }),
      transfer: () => this.hangUp(),
      transfer_to_queue: () => this.hangUp(),
      transfer_to_colleague: () => this.hangUp(),
      consult_colleague: ({ agent }) => call && this.change({ call: asking(call, agent) }),
      accept_consultation: () => takePart(this),
      reject_consultation: () => this.decline({ consultation: null }),
      hand_over: () => this.hangUp(),
      confer: () => call && this.change({ call: conferring(call) }),
      drop_party: ({ party }) => call && this.change({ call: without(call, party) }),
      take_callback: () => takeCallback(this),
      reject_callback: () => this.decline({ callback: null }),
    };
    (acts[intent.type] as (intent: Intent) => void)(intent);
  }

  private decline(change: DeskChanges): void {
    this.change(change);
    this.become("not_ready", { reason: "rejected" });
  }

  private request(state: "available" | "not_ready", reason: string): void {
    const busy = this.state.me.state === "connected" || this.state.me.state === "wrap_up";
    if (busy) this.change({ me: { ...this.state.me, requested: state, requested_reason: reason } });
    else this.become(state, { reason });
  }

  private accept(): void {
    const { offer } = this.state;
    if (offer === null) return;
    this.change({ offer: null });
    const { call_id: id, client, caller, called, queue_id, queue_name } = offer;
    this.begin({ id, client, direction: "inbound", caller, called, queue_id, queue_name });
  }

  dial(called: string): void {
    const client = this.state.me.tenant;
    this.begin({
      id: `call-${this.sequence}`,
      client,
      direction: "outbound",
      caller: null,
      called,
      queue_id: null,
      queue_name: null,
    });
  }

  private begin(whose: Whose): void {
    this.become("connected");
    this.change({ call: callOf(whose) });
    this.transmit(true);
  }

  private hold(call: Call, on: boolean): void {
    this.change({ call: { ...call, state: on ? "held" : "connected", held_since: on ? ago(0) : null } });
  }

  transmit(on: boolean): void {
    this.tell({ type: "transmit", on });
    this.farEnd?.transmit(on);
  }

  private tell(message: FromGateway): void {
    this.send({ op: "softphone", message });
  }

  private send(frame: ServerFrame): void {
    this.line?.send(JSON.stringify(frame));
  }
}

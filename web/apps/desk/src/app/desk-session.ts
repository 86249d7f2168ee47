/** One person's desk while this page is open: connection, softphone and what the buttons do. */

import { Softphone, Store } from "@cordboard/softphone";
import { DeskConnection, type LinkView } from "../link/connection.ts";
import { isOwed, Owed, type OwedIntent } from "../link/owed.ts";
import { IntentRefused } from "../link/pending.ts";
import type { Intent, Problem } from "../link/protocol.ts";
import { Notices } from "./notices.ts";
import { claimPageName } from "./page-name.ts";
import { type Preferences, readPreferences, writePreferences } from "./preferences.ts";

export interface Personal {
  readonly preferences: Preferences;
  /** True where this user may look but has no seat to take calls. */
  readonly observer: boolean;
  readonly leaving: boolean;
}

export interface DeskSessionEvents {
  onLeft(): void;
  onSessionEnded(): void;
  /** The connection is lost: the caller may find out whether the session still is. */
  onLost(): void;
}

export function deskSocket(): WebSocket {
  const url = new URL("/v1/desk", window.location.href);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return new WebSocket(url);
}

export class DeskSession {
  readonly notices = new Notices();
  readonly personal = new Store<Personal>({ preferences: readPreferences(), observer: false, leaving: false });
  readonly softphone: Softphone;
  readonly connection: DeskConnection;
  private readonly events: DeskSessionEvents;
  private page = "";
  /** The person here said so; holds until it was done or refused. */
  private takingOver = false;
  private readonly owed = new Owed();
  private callId: string | null = null;
  private status: LinkView["status"] = "idle";
  private unsubscribe: () => void = () => undefined;

  constructor(events: DeskSessionEvents) {
    this.events = events;
    this.softphone = new Softphone({
      media: navigator.mediaDevices,
      send: (message) => this.connection.sendSoftphone(message),
    });
    this.connection = new DeskConnection({
      makeSocket: deskSocket,
      random: Math.random,
      page: () => ({ desk: this.page, takeOver: this.takingOver }),
      onSoftphone: (message) => this.softphone.receive(message),
      onUp: () => void this.enter(),
      onDown: () => this.softphone.linkDown(),
    });
  }

  start(): void {
    this.unsubscribe = this.connection.store.subscribe(() => this.follow(this.connection.store.get()));
    void this.open();
    const { speaker, opus } = this.personal.get().preferences;
    this.softphone.prefer(opus ? "opus" : "trunk");
    if (speaker !== null) void this.chooseSpeaker(speaker);
    if (this.microphoneAllowed) this.openMicrophone();
    void this.followPermission();
  }

  stop(): void {
    this.unsubscribe();
    this.softphone.end();
    this.connection.close();
  }

  /** Resolves to whether the server carried it out; a refusal is shown. */
  async act(intent: Intent): Promise<boolean> {
    try {
      await this.connection.intend(intent);
      return true;
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code === "connection_lost" && isOwed(intent)) this.owe(intent);
      else this.notices.add(problem);
      return false;
    }
  }

  /** Who hung up is not to be heard any more, whenever the server learns of it. */
  private owe(intent: OwedIntent): void {
    this.owed.keep(intent);
    if (intent.type === "hang_up") this.softphone.mute(true);
    this.notices.add({ code: "done_when_back" });
  }

  /** The sender is switched on with the click, not with the server's answer: the first word counts. */
  async answer(offer: string): Promise<void> {
    this.softphone.mute(false);
    this.softphone.transmit(true);
    if (!(await this.act({ type: "accept_offer", offer }))) this.softphone.transmit(false);
  }

  /** By the telephone, or in the browser, from now on; refused in a call. */
  workBy(telephone: boolean): Promise<boolean> {
    return this.act({ type: "log_in", desk: this.page, take_over: false, telephone });
  }

  requestState(state: "available" | "not_ready", reason = ""): Promise<boolean> {
    this.personal.set({ leaving: false });
    return this.act({ type: "request_state", state, reason });
  }

  openMicrophone(): void {
    this.prefer({ microphoneAllowed: true });
    this.softphone.begin(this.personal.get().preferences.microphone);
    void this.softphone.output.play();
  }

  chooseMicrophone(microphone: string): void {
    this.prefer({ microphone });
    this.softphone.begin(microphone);
  }

  async chooseSpeaker(speaker: string): Promise<void> {
    this.prefer({ speaker });
    await this.softphone.output.choose(speaker).catch(() => this.prefer({ speaker: null }));
  }

  /** For bad networks; holds from the next connection on. */
  preferOpus(opus: boolean): void {
    this.prefer({ opus });
    this.softphone.prefer(opus ? "opus" : "trunk");
  }

  prefer(change: Partial<Preferences>): void {
    const preferences = { ...this.personal.get().preferences, ...change };
    this.personal.set({ preferences });
    writePreferences(preferences);
  }

  takeOver(): void {
    this.takingOver = true;
    this.connection.open();
    this.softphone.begin(this.personal.get().preferences.microphone);
  }

  /** At once when idle; otherwise the server keeps the wish and the page leaves when it is fulfilled. */
  async logOut(): Promise<void> {
    const observer = this.personal.get().observer || this.connection.store.get().status !== "online";
    this.personal.set({ leaving: true });
    if (observer || !(await this.act({ type: "log_out" }))) this.events.onLeft();
    else this.follow(this.connection.store.get());
  }

  private follow(view: LinkView): void {
    if (view.status !== this.status) this.followStatus(view.status);
    if (view.status !== "online" || view.desk === null) return;
    if (view.desk.me.state === "logged_out" && this.personal.get().leaving) this.events.onLeft();
    const call = view.desk.call?.id ?? null;
    if (call === this.callId) return;
    this.callId = call;
    this.softphone.mute(false);
  }

  private followStatus(status: LinkView["status"]): void {
    this.status = status;
    if (status === "ended") this.events.onSessionEnded();
    if (status === "waiting") this.events.onLost();
    if (status === "taken_over" || status === "elsewhere") this.softphone.release();
  }

  private async open(): Promise<void> {
    this.page = await claimPageName();
    this.connection.open();
  }

  /** At each connection: only the desk at which the agent works has the voice line. */
  private async enter(): Promise<void> {
    const { leaving, observer } = this.personal.get();
    if (!(leaving || observer || (await this.logIn()))) return;
    const owed = this.owed.take(this.connection.store.get().desk);
    if (owed !== null) void this.act(owed);
    this.softphone.linkUp();
  }

  /** False where the agent works at another desk. */
  private async logIn(): Promise<boolean> {
    const takeOver = this.takingOver;
    this.takingOver = false;
    try {
      await this.connection.intend({ type: "log_in", desk: this.page, take_over: takeOver });
    } catch (error) {
      const problem = problemFrom(error);
      if (problem.code === "connection_lost") return false;
      if (problem.code === "logged_in_elsewhere") {
        this.connection.yield();
        return false;
      }
      if (problem.code === "no_seat") this.personal.set({ observer: true });
      else this.notices.add(problem);
    }
    return true;
  }

  /** Who pressed *Allow microphone* on this computer before need not again; a permission granted later is used at once. */
  private async followPermission(): Promise<void> {
    const permission = await navigator.permissions
      ?.query({ name: "microphone" as PermissionName })
      .catch(() => undefined);
    if (permission === undefined) return;
    permission.onchange = () => permission.state === "granted" && this.microphoneAllowed && this.openMicrophone();
  }

  private get microphoneAllowed(): boolean {
    return this.personal.get().preferences.microphoneAllowed;
  }
}

function problemFrom(error: unknown): Problem {
  return error instanceof IntentRefused ? error.problem : { code: "unknown" };
}

/** The headless softphone: runs the leg's machine over a real connection and tells its state to whoever listens. */

import { AudioOutput } from "./audio-output.ts";
import { carriesSound, GONE, LEG, type LegEffect, type LegInput } from "./leg-machine.ts";
import { LegTimer } from "./leg-timer.ts";
import { step } from "./machine.ts";
import type { BrowserAudio, FromGateway } from "./messages.ts";
import { MICROPHONE_CLOSED, Microphone } from "./microphone-driver.ts";
import { Peer, type PeerEvents, type PeerLike } from "./peer.ts";
import { QualityMonitor } from "./quality-monitor.ts";
import { type LegProblem, type SoftphoneOptions, type SoftphoneView, stalledBy } from "./softphone-view.ts";
import { SoundCheck } from "./sound-check.ts";
import { Store } from "./store.ts";

export type { LegProblem, SoftphoneOptions, SoftphoneView } from "./softphone-view.ts";

export class Softphone {
  readonly store = new Store<SoftphoneView>({
    ...MICROPHONE_CLOSED,
    leg: "none",
    legProblem: null,
    refusal: null,
    transmitting: false,
    muted: false,
    quality: null,
    playbackBlocked: false,
  });
  readonly output = new AudioOutput((playbackBlocked) => this.store.set({ playbackBlocked }));
  private readonly microphone: Microphone;
  private readonly options: SoftphoneOptions;
  private track: MediaStreamTrack | null = null;
  private peer: PeerLike | null = null;
  private legId: string | null = null;
  private answer = "";
  private linked = false;
  private audio: BrowserAudio = "trunk";
  private readonly check = new SoundCheck({
    send: (message) => this.linked && this.options.send(message),
    leg: () => this.store.get().leg,
    works: () => this.track !== null && !this.store.get().microphoneMuted,
    restore: () => this.switchSender(),
  });
  private readonly timer = new LegTimer();
  private readonly monitor = new QualityMonitor((quality) => this.store.set({ quality }));

  constructor(options: SoftphoneOptions) {
    this.options = options;
    this.microphone = new Microphone(options.media, {
      onView: (view) => {
        this.store.set(view);
        this.check.tell();
      },
      onTrack: (track) => this.useTrack(track),
    });
  }

  /** Asks for the microphone, then makes the leg; also the way back after a refusal or a take-over. */
  begin(deviceId: string | null = null): void {
    if (this.microphone.state === "open" && deviceId === null) this.feed("begin");
    else this.microphone.open(deviceId);
  }

  /** The codecs of the next leg; the one there is stays as it is. */
  prefer(audio: BrowserAudio): void {
    this.audio = audio;
  }

  linkUp(): void {
    this.linked = true;
    this.check.linkUp();
    this.feed("link_up");
  }

  linkDown(): void {
    this.linked = false;
    this.feed("link_down");
  }

  receive(message: FromGateway): void {
    switch (message.type) {
      case "answer":
        this.legId = message.leg;
        this.answer = message.sdp;
        this.feed("answered");
        break;
      case "ready":
        if (message.leg === this.legId) this.feed("leg_ready");
        break;
      case "gone":
        if (message.leg === this.legId) this.feed(GONE[message.reason]);
        break;
      case "transmit":
        this.transmit(message.on);
        break;
      case "probe":
        this.answerProbe();
        break;
      case "refused":
        this.store.set({ refusal: message.code });
        this.fail("refused", "refused");
        break;
    }
  }

  /** The gateway's word, or the desk's when *answer* is pressed, so that the first word is not lost. */
  transmit(on: boolean): void {
    this.store.set({ transmitting: on });
    this.switchSender();
  }

  mute(on: boolean): void {
    this.store.set({ muted: on });
    if (this.track !== null) this.track.enabled = !on;
  }

  microphoneLevel(): number {
    return this.store.get().muted ? 0 : this.microphone.level();
  }

  /** Logs the leg off where the link allows, and lets go of the microphone. */
  end(): void {
    this.feed("end");
    this.microphone.close();
  }

  /** Another leg in place of one that carries no sound. */
  renew(): void {
    this.feed("leg_gone");
  }

  /** Another desk took this agent over: let the leg go, keep the microphone for taking back. */
  release(): void {
    this.feed("end");
  }

  private feed(input: LegInput): void {
    const { to, effects } = step(LEG, this.store.get().leg, input);
    this.store.set({ leg: to });
    if (carriesSound(to)) this.store.set({ legProblem: null, refusal: null });
    for (const effect of effects) this.effects[effect]();
    this.monitor.watch(carriesSound(this.store.get().leg) ? this.peer : null);
  }

  private fail(input: LegInput, legProblem: LegProblem): void {
    this.store.set({ legProblem });
    this.feed(input);
  }

  private readonly effects: Record<LegEffect, () => void> = {
    check_link: () => {
      if (this.linked) this.feed("link_up");
    },
    make_offer: () => void this.makeOffer(),
    make_restart: () => void this.makeRestart(),
    apply_answer: () => void this.applyAnswer(),
    send_resume: () => {
      if (this.legId !== null) this.options.send({ type: "resume", leg: this.legId, probes: true });
    },
    send_bye: () => {
      this.options.send({ type: "bye" });
    },
    drop_peer: () => this.dropPeer(),
    arm_stall: () => this.timer.stall(() => this.fail("stalled", stalledBy(this.store.get().leg))),
    arm_restart: () => this.timer.restart(() => this.feed("stalled")),
    arm_retry: () => this.timer.retry(() => this.feed("retry_due")),
    disarm: () => this.timer.disarm(),
    forget_failures: () => this.timer.forgetFailures(),
  };

  private async makeOffer(): Promise<void> {
    this.dropPeer();
    const peer = this.newPeer();
    this.peer = peer;
    try {
      const sdp = await peer.offer();
      if (this.peer !== peer) return;
      const wish = this.audio === "trunk" ? {} : { audio: this.audio };
      if (this.options.send({ type: "offer", sdp, ...wish, probes: true })) this.check.offered();
      else this.linkDown();
    } catch {
      if (this.peer === peer) this.fail("negotiation_failed", "negotiation_failed");
    }
  }

  private async makeRestart(): Promise<void> {
    const { peer, legId } = this;
    if (peer === null || legId === null) return;
    try {
      const sdp = await peer.restart();
      if (this.peer !== peer) return;
      if (!this.options.send({ type: "restart", leg: legId, sdp })) this.linkDown();
    } catch {
      if (this.peer === peer) this.fail("negotiation_failed", "negotiation_failed");
    }
  }

  private newPeer(): PeerLike {
    let peer: PeerLike | null = null;
    const events: PeerEvents = {
      onTrack: (stream) => this.output.show(stream),
      onLost: () => {
        if (this.peer === peer) this.fail("peer_lost", "media_unreachable");
      },
      onConnected: () => {
        if (this.peer === peer) this.feed("peer_connected");
      },
    };
    peer = this.options.makePeer?.(events) ?? new Peer(events);
    return peer;
  }

  private async applyAnswer(): Promise<void> {
    const peer = this.peer;
    if (peer === null) return;
    try {
      await peer.accept(this.answer);
    } catch {
      if (this.peer === peer) this.fail("negotiation_failed", "negotiation_failed");
    }
  }

  private dropPeer(): void {
    this.peer?.close();
    this.peer = null;
    this.legId = null;
    this.output.show(null);
    this.store.set({ transmitting: false, quality: null });
  }

  private useTrack(track: MediaStreamTrack | null): void {
    this.track = track;
    if (track !== null) track.enabled = !this.store.get().muted;
    this.switchSender();
    this.check.tell();
    if (track !== null) this.feed("begin");
  }

  private answerProbe(): void {
    const { track, peer } = this;
    if (track === null || peer === null || this.store.get().transmitting || !this.microphone.check()) return;
    void this.check.answer(track, peer);
  }

  private switchSender(): void {
    const track = this.store.get().transmitting ? this.track : null;
    this.peer?.send(track).catch(() => this.fail("peer_lost", "media_unreachable"));
  }
}

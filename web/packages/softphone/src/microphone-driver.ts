/** Runs the microphone's machine: the only place that opens, watches and closes the device. */

import { LevelMeter } from "./level.ts";
import { step } from "./machine.ts";
import { type MediaAccess, MicrophoneError, type MicrophoneFailure, openMicrophone } from "./microphone.ts";
import { MICROPHONE, type MicrophoneEffect, type MicrophoneInput, type MicrophoneState } from "./microphone-machine.ts";

/** A headset that is plugged anew is muted for a moment; what lasts longer somebody did. */
const MUTED_AFTER_MS = 1_000;

/** `microphoneLabel` stays that of the last device that worked, so that a person can be told which is missing. */
export interface MicrophoneView {
  readonly microphone: MicrophoneState;
  readonly microphoneFailure: MicrophoneFailure | null;
  readonly microphoneLabel: string;
  readonly microphoneId: string | null;
  /** By the system, the browser or a switch at the headset: it is open and gives no sound. */
  readonly microphoneMuted: boolean;
}

export const MICROPHONE_CLOSED: MicrophoneView = {
  microphone: "closed",
  microphoneFailure: null,
  microphoneLabel: "",
  microphoneId: null,
  microphoneMuted: false,
};

/** Failures that a newly plugged device or a changed permission can heal. */
const HEALED_BY_DEVICE: readonly (MicrophoneFailure | null)[] = ["no_microphone", "microphone_busy"];

export interface MicrophoneListener {
  onTrack(track: MediaStreamTrack | null): void;
  onView(view: MicrophoneView): void;
}

export class Microphone {
  private view = MICROPHONE_CLOSED;
  private stream: MediaStream | null = null;
  private granted: MediaStream | null = null;
  private device: string | null = null;
  private request = 0;
  private muteTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly meter = new LevelMeter();
  private readonly media: MediaAccess | undefined;
  private readonly listener: MicrophoneListener;

  constructor(media: MediaAccess | undefined, listener: MicrophoneListener) {
    this.media = media;
    this.listener = listener;
    media?.addEventListener("devicechange", this.devicesChanged);
  }

  get state(): MicrophoneState {
    return this.view.microphone;
  }

  open(deviceId: string | null): void {
    this.device = deviceId;
    this.feed("open");
  }

  close(): void {
    this.media?.removeEventListener("devicechange", this.devicesChanged);
    this.feed("close");
    void this.meter.close();
  }

  /** Whether the device still gives sound; one that ended without a word is opened anew. */
  check(): boolean {
    const ended = this.stream?.getAudioTracks()[0]?.readyState === "ended";
    if (ended) this.feed("lost");
    return !ended;
  }

  level(): number {
    return this.meter.read();
  }

  private readonly devicesChanged = (): void => {
    if (HEALED_BY_DEVICE.includes(this.view.microphoneFailure)) this.feed("devices_changed");
  };

  private feed(input: MicrophoneInput): void {
    const { to, effects } = step(MICROPHONE, this.view.microphone, input);
    this.show({ microphone: to });
    for (const effect of effects) this.effects[effect]();
  }

  private show(change: Partial<MicrophoneView>): void {
    this.view = { ...this.view, ...change };
    this.listener.onView(this.view);
  }

  private readonly effects: Record<MicrophoneEffect, () => void> = {
    request: () => void this.ask(),
    attach: () => this.attach(),
    detach: () => this.listener.onTrack(null),
    release: () => {
      this.listener.onTrack(null);
      this.stop();
      this.show(MICROPHONE_CLOSED);
    },
  };

  private async ask(): Promise<void> {
    this.request += 1;
    const mine = this.request;
    try {
      const stream = await openMicrophone(this.media, this.device);
      if (mine !== this.request || this.view.microphone !== "opening") {
        stopTracks(stream);
        return;
      }
      this.granted = stream;
      this.feed("granted");
    } catch (error) {
      if (mine !== this.request) return;
      this.show({ microphoneFailure: error instanceof MicrophoneError ? error.code : "microphone_failed" });
      this.feed("denied");
    }
  }

  private attach(): void {
    this.stop();
    this.stream = this.granted;
    this.granted = null;
    const track = this.stream?.getAudioTracks()[0];
    if (this.stream === null || track === undefined) return;
    track.onended = () => this.feed("lost");
    track.onmute = () => this.mutedSoon();
    track.onunmute = () => this.muted(false);
    this.meter.attach(this.stream);
    this.show({
      microphoneFailure: null,
      microphoneLabel: track.label,
      microphoneId: track.getSettings().deviceId ?? null,
      microphoneMuted: false,
    });
    this.listener.onTrack(track);
    if (track.muted) this.mutedSoon();
  }

  private mutedSoon(): void {
    clearTimeout(this.muteTimer);
    this.muteTimer = setTimeout(() => this.muted(true), MUTED_AFTER_MS);
  }

  private muted(microphoneMuted: boolean): void {
    clearTimeout(this.muteTimer);
    this.show({ microphoneMuted });
  }

  private stop(): void {
    clearTimeout(this.muteTimer);
    this.meter.detach();
    if (this.stream !== null) stopTracks(this.stream);
    this.stream = null;
  }
}

function stopTracks(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = track.onmute = track.onunmute = null;
    track.stop();
  }
}

/** One RTCPeerConnection with one audio transceiver, made once at log-in and switched on and off per call. */

/** A gap in ICE consent that heals by itself (a roaming laptop) is shorter; a longer one needs an ICE restart. */
const LOST_AFTER_MS = 4_000;

const PREFERRED_CODECS = ["audio/pcmu", "audio/pcma"]; // what trunks speak: bridged without transcoding

export interface PeerEvents {
  onTrack(stream: MediaStream): void;
  onLost(): void;
  /** Connected, at first or again. */
  onConnected(): void;
}

export function preferTrunkCodecs(codecs: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  const rank = (codec: RTCRtpCodec) => {
    const place = PREFERRED_CODECS.indexOf(codec.mimeType.toLowerCase());
    return place === -1 ? PREFERRED_CODECS.length : place;
  };
  return [...codecs].sort((a, b) => rank(a) - rank(b));
}

/** What the softphone needs of a connection. */
export type PeerLike = Pick<Peer, "offer" | "restart" | "accept" | "send" | "statistics" | "close">;

export class Peer {
  private readonly connection: RTCPeerConnection;
  private readonly transceiver: RTCRtpTransceiver;
  private lossTimer: ReturnType<typeof setTimeout> | undefined;
  private switching: Promise<void> = Promise.resolve();

  constructor(events: PeerEvents) {
    this.connection = new RTCPeerConnection({ bundlePolicy: "max-bundle" });
    this.transceiver = this.connection.addTransceiver("audio", { direction: "sendrecv" });
    const codecs = RTCRtpReceiver.getCapabilities("audio")?.codecs ?? [];
    if (codecs.length > 0) this.transceiver.setCodecPreferences(preferTrunkCodecs(codecs));
    this.connection.ontrack = ({ track, streams }) => events.onTrack(streams[0] ?? new MediaStream([track]));
    this.connection.onconnectionstatechange = () => this.watch(events);
  }

  /** The gateway is ICE-lite and never needs our candidates, so the offer leaves without waiting for them. */
  async offer(): Promise<string> {
    await this.connection.setLocalDescription();
    const description = this.connection.localDescription;
    if (description === null) throw new Error("closed while offering");
    return description.sdp;
  }

  /** An offer with new ICE credentials: another network for the same connection (RFC 8445 9). */
  async restart(): Promise<string> {
    this.connection.restartIce();
    return this.offer();
  }

  async accept(sdp: string): Promise<void> {
    await this.connection.setRemoteDescription({ type: "answer", sdp });
  }

  /** A track to send, or null: then not one packet leaves. In order, however fast they follow each other. */
  send(track: MediaStreamTrack | null): Promise<void> {
    this.switching = this.switching
      .catch(() => undefined)
      .then(async () => {
        if (this.connection.signalingState !== "closed") await this.transceiver.sender.replaceTrack(track);
      });
    return this.switching;
  }

  async statistics(): Promise<Iterable<RTCStats>> {
    const entries: RTCStats[] = [];
    (await this.connection.getStats()).forEach((entry: RTCStats) => {
      entries.push(entry);
    });
    return entries;
  }

  close(): void {
    clearTimeout(this.lossTimer);
    this.connection.ontrack = null;
    this.connection.onconnectionstatechange = null;
    this.connection.close();
  }

  private watch(events: PeerEvents): void {
    clearTimeout(this.lossTimer);
    const state = this.connection.connectionState;
    if (state === "connected") events.onConnected();
    if (state === "failed") events.onLost();
    if (state === "disconnected") this.lossTimer = setTimeout(() => events.onLost(), LOST_AFTER_MS);
  }
}

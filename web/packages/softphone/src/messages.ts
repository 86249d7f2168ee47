/** The words of browser signalling; the other side of kernel/contracts/softphone.py. */

/** What trunks speak, bridged without transcoding, or Opus, which bears bad networks. */
export type BrowserAudio = "trunk" | "opus";

export type ToGateway =
  | { type: "offer"; sdp: string; audio?: BrowserAudio; probes: true }
  | { type: "restart"; leg: string; sdp: string }
  | { type: "resume"; leg: string; probes: true }
  | { type: "microphone"; works: boolean }
  | { type: "bye" };

export type GoneReason = "unknown" | "replaced" | "lost" | "closed";

export type FromGateway =
  | { type: "answer"; leg: string; sdp: string }
  | { type: "ready"; leg: string }
  | { type: "transmit"; on: boolean }
  | { type: "probe" }
  | { type: "gone"; leg: string; reason: GoneReason }
  | { type: "refused"; code: string; message: string };

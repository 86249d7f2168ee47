/** Opening the microphone, and what can go wrong with it as codes that a person can act on. */

export type MicrophoneFailure =
  | "insecure_context"
  | "permission_denied"
  | "permission_dismissed"
  | "no_microphone"
  | "microphone_busy"
  | "microphone_failed";

/** What a headset in a loud room needs; mono, because G.711 is. */
export const CONSTRAINTS: MediaTrackConstraints = {
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
  channelCount: 1,
};

export type MediaAccess = Pick<
  MediaDevices,
  "getUserMedia" | "enumerateDevices" | "addEventListener" | "removeEventListener"
>;

export class MicrophoneError extends Error {
  readonly code: MicrophoneFailure;

  constructor(code: MicrophoneFailure, cause?: unknown) {
    super(code, { cause });
    this.code = code;
  }
}

/** Raises MicrophoneError. `deviceId` null asks for the system's default. */
export async function openMicrophone(media: MediaAccess | undefined, deviceId: string | null): Promise<MediaStream> {
  if (media === undefined) throw new MicrophoneError("insecure_context");
  const audio = deviceId === null ? CONSTRAINTS : { ...CONSTRAINTS, deviceId: { ideal: deviceId } };
  try {
    return await media.getUserMedia({ audio });
  } catch (error) {
    throw new MicrophoneError(classify(error), error);
  }
}

/** Names of W3C Media Capture, section 10.2, and the texts by which Chromium tells a dismissed question from a refusal. */
export function classify(error: unknown): MicrophoneFailure {
  const name = error instanceof Error ? error.name : "";
  const message = error instanceof Error ? error.message.toLowerCase() : "";
  switch (name) {
    case "NotAllowedError":
      return message.includes("dismissed") ? "permission_dismissed" : "permission_denied";
    case "SecurityError":
      return "insecure_context";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no_microphone";
    case "NotReadableError":
    case "AbortError":
      return "microphone_busy";
    default:
      return "microphone_failed";
  }
}

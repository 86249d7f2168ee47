/** What this person chose on this computer; a browser without storage forgets, nothing more. */

export interface Preferences {
  readonly shortcuts: boolean;
  readonly notifications: boolean;
  readonly microphone: string | null;
  readonly speaker: string | null;
  readonly microphoneAllowed: boolean;
  /** Opus instead of the trunks' codecs: it bears lost packets. */
  readonly opus: boolean;
}

const KEY = "cordboard.desk";

export const DEFAULTS: Preferences = {
  shortcuts: true,
  notifications: false,
  microphone: null,
  speaker: null,
  microphoneAllowed: false,
  opus: false,
};

export function readPreferences(): Preferences {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Preferences>) };
  } catch {
    return DEFAULTS;
  }
}

export function writePreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences));
  } catch {
    // Private windows of some browsers refuse; the choice then lasts as long as the page.
  }
}

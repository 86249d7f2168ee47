/** Which key does what: the one list behind the handlers, the hints on buttons and the help. */

export type KeyAction =
  | "answer"
  | "reject"
  | "mute"
  | "hold"
  | "hang_up"
  | "transfer"
  | "hand_over"
  | "confer"
  | "digits"
  | "disposition"
  | "finish"
  | "extend"
  | "ready"
  | "not_ready"
  | "dial"
  | "take_message"
  | "finish_message"
  | "board"
  | "help";

export interface KeyBinding {
  readonly action: KeyAction;
  /** Names as `keyName` gives them. */
  readonly keys: readonly string[];
  readonly shown: readonly string[];
}

const DIGITS = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"];

export const KEYS: readonly KeyBinding[] = [
  { action: "answer", keys: ["a"], shown: ["A"] },
  { action: "reject", keys: ["x"], shown: ["X"] },
  { action: "mute", keys: ["m"], shown: ["M"] },
  { action: "hold", keys: ["h"], shown: ["H"] },
  { action: "hang_up", keys: ["e"], shown: ["E"] },
  { action: "transfer", keys: ["t"], shown: ["T"] },
  { action: "hand_over", keys: ["g"], shown: ["G"] },
  { action: "confer", keys: ["j"], shown: ["J"] },
  { action: "digits", keys: DIGITS, shown: ["0", "…", "9", "*", "#"] },
  { action: "disposition", keys: DIGITS.slice(1, 10), shown: ["1", "…", "9"] },
  { action: "finish", keys: ["mod+enter"], shown: ["Ctrl", "Enter"] },
  { action: "extend", keys: ["w"], shown: ["W"] },
  { action: "ready", keys: ["r"], shown: ["R"] },
  { action: "not_ready", keys: ["n"], shown: ["N"] },
  { action: "dial", keys: ["d"], shown: ["D"] },
  { action: "take_message", keys: ["v"], shown: ["V"] },
  { action: "finish_message", keys: ["f"], shown: ["F"] },
  { action: "board", keys: ["b"], shown: ["B"] },
  { action: "help", keys: ["?"], shown: ["?"] },
];

export function keysOf(action: KeyAction): readonly string[] {
  return KEYS.find((binding) => binding.action === action)?.keys ?? [];
}

/** One handler under each key of its action. */
export function bind(action: KeyAction, handle: (key: string) => void): Record<string, () => void> {
  return Object.fromEntries(keysOf(action).map((key) => [key, () => handle(key)]));
}

export function hintOf(action: KeyAction): string {
  return KEYS.find((binding) => binding.action === action)?.shown.join(" ") ?? "";
}

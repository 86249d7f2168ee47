/** Single keys for a hand that rests on the keyboard; never while typing, unless with Alt. */

import { useEffect, useRef } from "react";
import { useDesk, useSelect } from "./hooks.ts";

export type KeyMap = Readonly<Record<string, () => void>>;

const TYPING =
  'input:not([type="range"]):not([type="radio"]):not([type="checkbox"]), textarea, select, [contenteditable]';
const OWN_KEYS = '[role="dialog"], [role="menu"], [role="listbox"]';

export interface Press {
  readonly key: string;
  readonly code: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
}

/** "a" for A, "5" for a five of any keyboard, "mod+enter"; with Alt by the key's place, as Alt changes the letter. */
export function keyName(press: Press): string {
  const letter = /^Key([A-Z])$/.exec(press.code)?.[1];
  const key = (press.altKey && letter !== undefined ? letter : press.key).toLowerCase();
  return press.ctrlKey || press.metaKey ? `mod+${key}` : key;
}

export function isHeard(press: Press, target: EventTarget | null): boolean {
  if (press.repeat) return false;
  if (press.altKey || press.ctrlKey || press.metaKey) return true;
  return !(target instanceof Element && target.closest(`${TYPING}, ${OWN_KEYS}`) !== null);
}

/** The latest `keys` count; those of a component that is not shown are not heard. */
export function useShortcuts(keys: KeyMap): void {
  const enabled = useSelect(useDesk().desk.personal, (personal) => personal.preferences.shortcuts);
  const current = useRef(keys);
  useEffect(() => {
    current.current = keys;
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const single = !event.ctrlKey && !event.metaKey && !event.altKey;
      if ((single && !enabled) || event.defaultPrevented || !isHeard(event, event.target)) return;
      const action = current.current[keyName(event)];
      if (action === undefined) return;
      event.preventDefault();
      action();
    };
    window.addEventListener("keydown", onKeyDown);
    return () => window.removeEventListener("keydown", onKeyDown);
  }, [enabled]);
}

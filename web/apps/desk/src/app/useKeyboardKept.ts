/** Where the keyboard goes when what had it is gone. */

import { type RefObject, useEffect, useRef } from "react";

const AFTER_DIALOG_MS = 100; // a dialog that closes gives the keyboard back first, if it can

/** A row that is gone took its button along: who had the keyboard there goes on at the list's head. */
export function useKeyboardKept(heading: RefObject<HTMLHeadingElement | null>, change: string): void {
  const first = useRef(change);
  useEffect(() => {
    if (change === first.current) return undefined;
    const timer = setTimeout(() => {
      if (document.activeElement === document.body) heading.current?.focus({ preventScroll: true });
    }, AFTER_DIALOG_MS);
    return () => clearTimeout(timer);
  }, [change, heading]);
}

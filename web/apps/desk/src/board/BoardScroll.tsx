import type { ReactNode } from "react";

/** A table wider than the screen scrolls in here, by the keyboard too. */
export function BoardScroll({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: no fieldset; a section would be a landmark with its parent's name
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it the keyboard cannot scroll
    <div role="group" className="board-scroll" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

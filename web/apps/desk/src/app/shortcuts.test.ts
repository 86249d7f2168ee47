import { describe, expect, it } from "vitest";
import { KEYS, keysOf } from "../desk/keys.ts";
import { isHeard, keyName, type Press } from "./shortcuts.ts";

function press(key: string, change: Partial<Press> = {}): Press {
  return { key, code: "", altKey: false, ctrlKey: false, metaKey: false, repeat: false, ...change };
}

function inside(html: string): Element {
  document.body.innerHTML = html;
  const target = document.querySelector("[data-target]");
  if (target === null) throw new Error("no target");
  return target;
}

describe("keyName", () => {
  it("reads letters of either case", () => {
    expect([keyName(press("a")), keyName(press("A"))]).toEqual(["a", "a"]);
  });

  it("reads the key's place under Alt, which changes letters on some keyboards", () => {
    expect(keyName(press("å", { altKey: true, code: "KeyA" }))).toBe("a");
  });

  it("keeps browser shortcuts apart", () => {
    expect(keyName(press("a", { ctrlKey: true }))).toBe("mod+a");
  });
});

describe("isHeard", () => {
  it("leaves typing alone, unless Alt is held", () => {
    const field = inside("<input data-target>");
    expect(isHeard(press("a"), field)).toBe(false);
    expect(isHeard(press("a", { altKey: true }), field)).toBe(true);
  });

  it("hears keys over buttons, sliders and radios", () => {
    expect(isHeard(press("a"), inside("<button data-target></button>"))).toBe(true);
    expect(isHeard(press("2"), inside('<input type="radio" data-target>'))).toBe(true);
  });

  it("leaves dialogs and menus their keys", () => {
    expect(isHeard(press("a"), inside('<div role="menu"><div data-target></div></div>'))).toBe(false);
  });

  it("does not repeat what is held down", () => {
    expect(isHeard(press("e", { repeat: true }), document.body)).toBe(false);
  });
});

describe("the list of keys", () => {
  it("gives no key two meanings in the same moment", () => {
    const moments = [
      ["answer", "reject", "ready", "not_ready", "help"],
      ["mute", "hold", "hang_up", "digits", "ready", "not_ready", "help"],
      ["disposition", "finish", "ready", "not_ready", "help"],
      ["dial", "ready", "not_ready", "help"],
    ] as const;
    for (const moment of moments) {
      const keys = moment.flatMap((action) => keysOf(action));
      expect(new Set(keys).size).toBe(keys.length);
    }
    expect(new Set(KEYS.map(({ action }) => action)).size).toBe(KEYS.length);
  });
});

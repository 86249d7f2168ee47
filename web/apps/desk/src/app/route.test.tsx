import { act, cleanup, render, screen } from "@testing-library/react";
import { afterEach, describe, expect, it, vi } from "vitest";
import { go, goAtOnce, hashOf, placeOf, useGuard, usePlace } from "./route.ts";

afterEach(() => {
  cleanup();
  window.location.hash = "";
});

function Shown({ guard }: { readonly guard?: (leave: () => void) => void }) {
  useGuard(guard !== undefined, guard ?? (() => undefined));
  const { page, query } = usePlace();
  return <p>{`${page} ${JSON.stringify(query)}`}</p>;
}

const shown = () => screen.getByText(/\{/).textContent;

describe("the address", () => {
  it.each([
    ["", "desk", {}],
    ["#board", "board", {}],
    ["#alerts?client=t2&within=24", "alerts", { client: "t2", within: "24" }],
    ["#gone?queue=q1", "desk", { queue: "q1" }],
    ["#callbacks?queue=a%26b", "callbacks", { queue: "a&b" }],
  ])("%s is read as %s", (hash, page, query) => {
    expect(placeOf(hash)).toEqual({ page, query });
  });

  it("is written with what is chosen only", () => {
    expect(hashOf("alerts", { client: "t2", queue: "" })).toBe("#alerts?client=t2");
    expect([hashOf("board"), hashOf("desk", { client: "t2" })]).toEqual(["#board", "#"]);
    expect(placeOf(hashOf("callbacks", { queue: "a&b" })).query).toEqual({ queue: "a&b" });
  });

  it("leads to another page, by us and by hand", () => {
    render(<Shown />);
    act(() => go("alerts", { client: "t2" }));
    expect([shown(), window.location.hash]).toEqual(['alerts {"client":"t2"}', "#alerts?client=t2"]);
    act(() => {
      window.location.hash = "#board";
      window.dispatchEvent(new Event("hashchange"));
    });
    expect(shown()).toBe("board {}");
    act(() => go("desk"));
    expect(shown()).toBe("desk {}");
  });
});

describe("a guard", () => {
  it("is asked first, and lets go when one agrees", () => {
    const guard = vi.fn<(leave: () => void) => void>();
    window.location.hash = "#callbacks";
    render(<Shown guard={guard} />);
    act(() => go("board"));
    expect([shown(), guard.mock.calls.length]).toEqual(["callbacks {}", 1]);
    act(() => guard.mock.calls[0]?.[0]());
    expect(shown()).toBe("board {}");
  });

  it("takes back what was done by hand until one agrees", () => {
    const guard = vi.fn<(leave: () => void) => void>();
    window.location.hash = "#callbacks?queue=q1";
    render(<Shown guard={guard} />);
    act(() => {
      window.location.hash = "#board";
      window.dispatchEvent(new Event("hashchange"));
    });
    expect([shown(), window.location.hash]).toEqual(['callbacks {"queue":"q1"}', "#callbacks?queue=q1"]);
    act(() => guard.mock.calls[0]?.[0]());
    expect([shown(), window.location.hash]).toEqual(["board {}", "#board"]);
  });

  it("does not hold up a call", () => {
    const guard = vi.fn<(leave: () => void) => void>();
    window.location.hash = "#callbacks";
    render(<Shown guard={guard} />);
    act(() => goAtOnce("desk"));
    expect([shown(), guard.mock.calls.length]).toEqual(["desk {}", 0]);
  });
});

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { i18n } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { KEYS } from "../desk/keys.ts";
import { chooseLanguage, directionOf, startI18n } from "./i18n.ts";
import english from "./locales/en/desk.json";
import {
  alarmWords,
  dispositionWords,
  humanised,
  problemWords,
  reasonWords,
  trunkAdvice,
  trunkReasonWords,
} from "./words.ts";

const ROOT = join(import.meta.dirname, "../../../../..");
const CATALOGUES = import.meta.glob<{ default: object }>("./locales/*/desk.json", { eager: true });

let instance: i18n;

beforeAll(async () => {
  instance = await startI18n(["en"]);
});

function keysIn(value: object, prefix = ""): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === "object" && inner !== null ? keysIn(inner, `${prefix}${key}.`) : [`${prefix}${key}`],
  );
}

function pythonTexts(path: string, pattern: RegExp): string[] {
  const found = [...readFileSync(join(ROOT, path), "utf8").matchAll(pattern)];
  return found.flatMap((match) => match[1] ?? []);
}

describe("chooseLanguage", () => {
  const available = ["en", "zh-Hans", "zh-Hant", "ko"];

  it.each([
    [["zh-TW"], "zh-Hant"],
    [["zh-HK", "en"], "zh-Hant"],
    [["zh-CN"], "zh-Hans"],
    [["ko-KR"], "ko"],
    [["fr", "ko"], "ko"],
    [["fr"], "en"],
    [[], "en"],
  ])("%j reads %s", (wanted, language) => {
    expect(chooseLanguage(wanted, available)).toBe(language);
  });

  it("knows who reads from right to left", () => {
    expect([directionOf("ar-EG"), directionOf("ko")]).toEqual(["rtl", "ltr"]);
  });
});

describe("catalogues", () => {
  it.each(Object.entries(CATALOGUES))("%s has every key of English", (_, catalogue) => {
    const plural = (keys: string[]) => new Set(keys.map((key) => key.replace(/_(zero|one|two|few|many|other)$/, "")));
    expect(plural(keysIn(catalogue.default))).toEqual(plural(keysIn(english)));
  });

  it("counts the seconds left", () => {
    expect([instance.t("ring.left", { count: 1 }), instance.t("ring.left", { count: 9 })]).toEqual([
      "1 second to answer",
      "9 seconds to answer",
    ]);
  });

  it("names every shortcut", () => {
    for (const { action } of KEYS) expect(instance.exists(`shortcuts.${action}`), action).toBe(true);
  });
});

describe("codes of the server", () => {
  it("has words for every refusal of routing", () => {
    const codes = pythonTexts("routing/errors.py", /^ {4}code = "(\w+)"/gm);
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) expect(instance.exists(`problem.${code}`), code).toBe(true);
  });

  it("has words for what the API says to a page", () => {
    const codes = new Set(pythonTexts("api/errors.py", /^ {4}code = "(\w+)"/gm));
    const shown = [
      "wrong_credentials",
      "too_many_attempts",
      "rate_limited",
      "internal_error",
      "no_session",
      "taken_over",
    ];
    for (const code of shown) {
      expect(codes, "the API still says it").toContain(code);
      expect(instance.exists(`problem.${code}`), code).toBe(true);
    }
  });

  it("has words for the reasons and dispositions that every tenant begins with", () => {
    const defaults = readFileSync(join(ROOT, "kernel/contracts/directory.py"), "utf8");
    const listed = (name: string) =>
      [...(new RegExp(`^${name} = \\((.*)\\)$`, "m").exec(defaults)?.[1] ?? "").matchAll(/"(\w+)"/g)].map((m) => m[1]);
    expect(listed("NOT_READY_REASONS").length).toBeGreaterThan(0);
    for (const code of listed("NOT_READY_REASONS")) expect(instance.exists(`reason.${code}`), code).toBe(true);
    for (const code of listed("DISPOSITIONS")) expect(instance.exists(`disposition.${code}`), code).toBe(true);
  });

  it("has words for the reasons that the system gives", () => {
    const codes = pythonTexts(
      "routing/agents/machine.py",
      /^ {4}[A-Z_]+ = "(logged_in|no_answer|rejected|\w+_lost|no_seat|no_audio_path)"$/gm,
    );
    for (const code of codes) expect(instance.exists(`reason.${code}`), code).toBe(true);
  });

  it("has words for everything that can be wrong with a trunk, and for what can be done", () => {
    const codes = pythonTexts("kernel/contracts/carriers.py", /^ {4}[A-Z_]+ = "(\w+)"/gm);
    expect(codes).toContain("unknown_authority");
    for (const section of ["trunk_reason", "trunk_advice"] as const) {
      expect(new Set(Object.keys(english[section]))).toEqual(new Set(codes));
    }
    expect(trunkAdvice(instance.t, "refused", 503)).toContain("503");
    expect([trunkReasonWords(instance.t, "new_thing"), trunkAdvice(instance.t, "new_thing", 0)]).toEqual([
      "New thing",
      "",
    ]);
  });

  it("shows a tenant's own code readably", () => {
    expect(reasonWords(instance.t, "coffee_with_team")).toBe("Coffee with team");
    expect(dispositionWords(instance.t, "sold-upgrade")).toBe("Sold upgrade");
    expect(humanised("")).toBe("");
  });

  it("calls every failed recording by the same words", () => {
    expect(alarmWords(instance.t, "recording_disk_full")).toBe("A call is not being recorded");
    expect(alarmWords(instance.t, "fan_broken")).toBe("Alarm: Fan broken");
  });

  it("falls back to what the server said, and to the code", () => {
    expect(problemWords(instance.t, { code: "new_thing", detail: "Do that first." })).toBe("Do that first.");
    expect(problemWords(instance.t, { code: "new_thing" })).toContain("new_thing");
    expect(problemWords(instance.t, { code: "no_seat", detail: "x" })).toBe(english.problem.no_seat);
  });
});

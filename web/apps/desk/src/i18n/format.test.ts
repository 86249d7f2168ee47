import { describe, expect, it } from "vitest";
import { clockTime, dialable, formattingLocale, percentWords, phoneWords, regionOf, timeOfDay } from "./format.ts";

describe("clockTime", () => {
  it.each([
    [0, "0:00"],
    [65.9, "1:05"],
    [3599, "59:59"],
    [3661, "1:01:01"],
    [-3, "0:00"],
  ])("%d s reads %s", (seconds, words) => {
    expect(clockTime(seconds)).toBe(words);
  });
});

describe("telephone numbers", () => {
  it("reads E.164 in groups and leaves the rest alone", () => {
    expect(phoneWords("+442071838750")).toBe("+44 20 7183 8750");
    expect(phoneWords("sip:anybody")).toBe("sip:anybody");
  });

  it("dials international numbers, and national ones of the tenant's country", () => {
    expect(dialable("+49 30 901820", undefined)).toBe("+4930901820");
    expect(dialable("020 7183 8750", regionOf("en-GB"))).toBe("+442071838750");
  });

  it.each(["", "12", "hello", "020 7183 8750"])("does not dial %j without a country", (text) => {
    expect(dialable(text, undefined)).toBeNull();
  });

  it("knows the country of a locale", () => {
    expect([regionOf("en-GB"), regionOf("ko"), regionOf("not a locale")]).toEqual(["GB", "KR", undefined]);
  });
});

describe("locale", () => {
  it("writes times as the tenant's country does, in the language of the page", () => {
    const at = "2026-03-01T16:05:00Z";
    const time = (locale: string) => timeOfDay(at, { language: formattingLocale("en", locale), zone: "Europe/London" });
    expect(time("en-GB")).toBe("16:05");
    expect(time("en-US")).toMatch(/^04:05\sPM$/);
    expect(formattingLocale("en", "zh-CN")).toBe("en");
    expect(formattingLocale("en", "")).toBe("en");
  });

  it("writes shares as the language does", () => {
    expect(percentWords(0.874, "en", 0)).toBe("87%");
  });
});

import { describe, expect, it } from "vitest";
import { classify, openMicrophone } from "./microphone.ts";

describe("classify", () => {
  it.each([
    ["NotAllowedError", "Permission denied", "permission_denied"],
    ["NotAllowedError", "Permission dismissed", "permission_dismissed"],
    ["NotFoundError", "", "no_microphone"],
    ["NotReadableError", "", "microphone_busy"],
    ["SecurityError", "", "insecure_context"],
    ["TypeError", "", "microphone_failed"],
  ])("%s (%s) is %s", (name, message, code) => {
    expect(classify(Object.assign(new Error(message), { name }))).toBe(code);
  });
});

describe("openMicrophone", () => {
  it("names the missing https of a page without media devices", async () => {
    await expect(openMicrophone(undefined, null)).rejects.toMatchObject({ code: "insecure_context" });
  });
});

import { defineConfig } from "vitest/config";

/** The built page in a real browser with real sound; needs Debian's Chromium. */
export default defineConfig({
  test: {
    include: ["apps/*/e2e/**/*.test.ts"],
    environment: "node",
    testTimeout: 30_000,
    hookTimeout: 30_000,
    fileParallelism: false,
  },
});

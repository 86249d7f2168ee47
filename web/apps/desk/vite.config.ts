import react from "@vitejs/plugin-react";
import { defineConfig, type PluginOption, type ServerOptions } from "vite";
import { scriptedDesk } from "./dev/scripted-desk.ts";

/** Where `npm run dev` finds a running server; `npm run dev:scripted` needs none. */
const SERVER = process.env.CORDBOARD_URL ?? "http://127.0.0.1:8000";

export default defineConfig(({ mode }) => {
  const scripted = mode === "scripted";
  const plugins: PluginOption[] = [react()];
  const server: ServerOptions = scripted ? {} : { proxy: { "/v1": { target: SERVER, ws: true } } };
  if (scripted) plugins.push(scriptedDesk());
  return {
    plugins,
    server,
    build: {
      target: "es2023",
      sourcemap: true,
      // Libraries change more rarely than the desk: a new version of it is a small download.
      rolldownOptions: { output: { codeSplitting: { groups: [{ name: "libraries", test: /node_modules/ }] } } },
      chunkSizeWarningLimit: 700,
    },
  };
});

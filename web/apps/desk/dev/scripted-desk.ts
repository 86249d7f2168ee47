/** Serves the scripted desk beside the page, for `npm run dev:scripted` and the end-to-end tests. */

import { readFileSync } from "node:fs";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Plugin } from "vite";
import { type WebSocket, WebSocketServer } from "ws";
import type { ClientFrame } from "../src/link/protocol.ts";
import { ScriptedBoard } from "./board.ts";
import type { Line } from "./line.ts";
import { messages, records } from "./past.ts";
import { SESSION, targets } from "./scene.ts";
import { ScriptedDesk } from "./script.ts";
import { CODE, NEEDS_CODE, NEEDS_ENROLMENT, RECOVERY, ScriptedSecurity, TICKET } from "./security.ts";
import { workOn } from "./sharing.ts";
import { type Reply, ScriptedSupervision } from "./supervision.ts";
import { toneWav } from "./tone.ts";
import { ScriptedWorklists } from "./worklists.ts";

const PASSWORD = "correct horse";

type Answer = Reply & { readonly wav?: Uint8Array<ArrayBuffer> };

const paged = (items: readonly unknown[]) => ({ items, next_cursor: null });

/** What only is looked at. */
const READ: Readonly<Record<string, () => unknown>> = {
  "/v1/calls": () => paged(records()),
  "/v1/transfer-targets": targets,
};

export class ScriptedServer {
  readonly desk = new ScriptedDesk();
  readonly security = new ScriptedSecurity();
  readonly board = new ScriptedBoard();
  readonly supervision = new ScriptedSupervision();
  readonly worklists = new ScriptedWorklists();
  loggedIn = false;
  /** As a server that is being restarted: nobody answers. */
  away = false;
  private readonly sockets = new WebSocketServer({ noServer: true });

  answer(method: string, path: string, body: string, headers: IncomingMessage["headers"] = {}): Answer | null {
    const [route] = path.split("?");
    if (route === "/v1/session/second-factor") return this.secondStep(body);
    const secured = this.security.answer(method, path, body);
    if (secured !== null) return secured;
    const supervised = this.board.answer(method, route ?? "", body);
    if (supervised !== null) return supervised;
    const looked = this.supervision.answer(method, path, body, headers);
    if (looked !== null) return looked;
    const worked = this.worklists.answer(method, path, body, headers);
    if (worked !== null) return worked;
    if (route === "/v1/session") return this.session(method, body);
    const read = READ[route ?? ""];
    if (read !== undefined) return { status: 200, body: read() };
    if (route?.endsWith("/audio") === true) return { status: 200, wav: toneWav(8) };
    if (route?.startsWith("/v1/voicemails/") === true) return this.voicemail(method, route);
    return null;
  }

  private voicemail(method: string, route: string): Answer {
    const [, , , id, act] = route.split("/");
    if (method === "GET") return { status: 200, body: messages().find((message) => message.id === id) };
    workOn(this.desk, act ?? "");
    return { status: 204 };
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = request.url ?? "";
    if (this.away && path === "/v1/desk") {
      socket.destroy();
      return;
    }
    if (path === "/v1/desk") this.sockets.handleUpgrade(request, socket, head, (line) => this.deskLine(line));
    if (path.startsWith("/v1/live/events"))
      this.sockets.handleUpgrade(request, socket, head, (line) => this.boardLine(line, path));
    if (path === "/far-end/line") this.sockets.handleUpgrade(request, socket, head, (line) => this.farEndLine(line));
  }

  /** A new day: nobody logged in, nothing said. */
  reset(): void {
    this.loggedIn = false;
    this.away = false;
    this.desk.reset();
    this.security.reset();
    this.board.reset();
    this.supervision.reset();
    this.worklists.reset();
  }

  private session(method: string, body: string): Answer {
    if (method === "DELETE") this.loggedIn = false;
    if (method === "POST") {
      const { email, password } = JSON.parse(body) as { email: string; password: string };
      if (password !== PASSWORD) return { status: 401, body: { code: "wrong_credentials", title: "", status: 401 } };
      const more = [NEEDS_CODE, NEEDS_ENROLMENT].find((prefix) => email.startsWith(prefix));
      if (more !== undefined) return this.ticket(more);
      this.loggedIn = true;
    }
    if (method === "DELETE") return { status: 204 };
    return this.loggedIn ? { status: 200, body: SESSION } : { status: 401, body: { code: "not_logged_in" } };
  }

  private ticket(more: string): Answer {
    const code = more === NEEDS_CODE ? "second_factor_required" : "second_factor_enrolment_required";
    return { status: 401, body: { code, title: "", status: 401, ticket: TICKET + more, expires_in: 600 } };
  }

  private secondStep(body: string): Answer {
    const { ticket, code, recovery_code } = JSON.parse(body) as Record<string, string>;
    if (code !== CODE && !RECOVERY.includes(recovery_code ?? "")) return { status: 401, body: { code: "wrong_code" } };
    this.loggedIn = true;
    const codes = ticket === TICKET + NEEDS_ENROLMENT ? RECOVERY : [];
    return { status: 200, body: { ...SESSION, recovery_codes: codes } };
  }

  private deskLine(socket: WebSocket): void {
    const line: Line = { send: (text) => socket.send(text), close: (code) => socket.close(code) };
    this.desk.connect(line);
    socket.on("message", (data) => this.desk.receive(line, JSON.parse(String(data)) as ClientFrame));
    socket.on("close", () => this.desk.disconnect(line));
  }

  private boardLine(socket: WebSocket, path: string): void {
    const line: Line = { send: (text) => socket.send(text), close: (code) => socket.close(code) };
    this.board.watch(line, new URL(path, "http://scripted").searchParams.get("client"));
    socket.on("close", () => this.board.leave(line));
  }

  private farEndLine(socket: WebSocket): void {
    const send = (message: object) => socket.send(JSON.stringify(message));
    this.desk.farEnd = {
      offer: (leg, sdp) => send({ type: "offer", leg, sdp }),
      transmit: (on) => send({ type: "transmit", on }),
    };
    socket.on("message", (data) => {
      const message = JSON.parse(String(data)) as { type: "answer" | "ready"; leg: string; sdp: string };
      if (message.type === "answer") this.desk.answered(message.leg, message.sdp);
      else this.desk.ready(message.leg);
    });
  }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}

function write(response: ServerResponse, { status, body, headers = {}, wav }: Answer): void {
  response.statusCode = status;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.setHeader("content-type", wav === undefined ? "application/json" : "audio/wav");
  response.end(wav ?? (body === undefined ? undefined : JSON.stringify(body)));
}

/** `server` is given in by tests that steer it. */
export function scriptedDesk(server = new ScriptedServer()): Plugin {
  const serve = async (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const path = request.url ?? "";
    if (path === "/far-end") {
      response.setHeader("content-type", "text/html");
      response.removeHeader("content-security-policy");
      response.end(readFileSync(new URL("./far-end.html", import.meta.url)));
      return;
    }
    const answer =
      path.startsWith("/v1/") && server.answer(request.method ?? "GET", path, await readBody(request), request.headers);
    if (answer) write(response, answer);
    else next();
  };
  const attach = (http: Server | null, use: (handle: typeof serve) => void) => {
    http?.on("upgrade", (request, socket, head) => server.upgrade(request, socket, head));
    use(serve);
  };
  return {
    name: "scripted-desk",
    configureServer: (vite) => attach(vite.httpServer as Server | null, (handle) => vite.middlewares.use(handle)),
    configurePreviewServer: (vite) => attach(vite.httpServer as Server, (handle) => vite.middlewares.use(handle)),
  };
}

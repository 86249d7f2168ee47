/** What the scripted server says about log-in and security: one code is right, one password, one domain signs on. */

import type { OpenSession } from "../src/app/api.ts";
import { ago, inSeconds } from "./scene.ts";

export const CODE = "123456";
export const RECOVERY = ["k7m2p-x9qwe", "a4b8n-c2d6f", "q9w3z-r5t7y", "h2j4k-m6p8s"];
export const TICKET = "a ticket";

/** People whose address begins so meet a second step. */
export const NEEDS_CODE = "code@";
export const NEEDS_ENROLMENT = "enrol@";

const QR =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path fill="#fff" d="M0 0h9v9H0z"/><path d="M1 1h3v3H1zM5 1h3v3H5zM1 5h3v3H1zM5 5h1v1H5zM7 7h1v1H7z"/></svg>';

export const ENROLMENT = { secret: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", uri: "otpauth://totp/Cordboard", qr_svg: QR };

const FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";
const SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E148 Safari/604.1";

export function sessions(): OpenSession[] {
  const one = (id: string, agent: string, address: string, seconds: number, current: boolean): OpenSession => ({
    id,
    agent,
    address,
    current,
    created_at: ago(seconds + 3600),
    last_seen_at: ago(seconds),
    expires_at: inSeconds(3600),
    method: "password",
  });
  return [
    one("018f9c3e-0000-7000-8000-00000000000a", FIREFOX, "192.0.2.10", 5, true),
    one("018f9c3e-0000-7000-8000-00000000000b", SAFARI, "198.51.100.7", 5400, false),
    one("018f9c3e-0000-7000-8000-00000000000c", "", "203.0.113.9", 90_000, false),
  ];
}

export class ScriptedSecurity {
  private on = false;
  private open = sessions();

  reset(): void {
    this.on = false;
    this.open = sessions();
  }

  /** Null: nothing of this is asked. */
  answer(method: string, path: string, body: string): { status: number; body?: unknown } | null {
    const [route = "", query = ""] = path.split("?");
    if (route === "/v1/sign-on") return { status: 200, body: { providers: this.choices(query) } };
    if (route.startsWith("/v1/sessions")) return this.sessions(method, route);
    if (route === "/v1/session/password") return { status: 204 };
    if (!route.startsWith("/v1/second-factor") && route !== "/v1/session/enrolment") return null;
    return this.secondFactor(method, route, body);
  }

  private choices(query: string): object[] {
    const email = new URLSearchParams(query).get("email") ?? "";
    return email.endsWith("@sso.example") ? [{ id: "i1", name: "Northwind ID", start: "/v1/sign-on/i1/start" }] : [];
  }

  private sessions(method: string, route: string): { status: number; body?: unknown } {
    if (method === "GET") return { status: 200, body: this.open };
    const id = route.split("/")[3];
    this.open = this.open.filter((session) => session.current || (id !== undefined && session.id !== id));
    return { status: 204 };
  }

  private secondFactor(method: string, route: string, body: string): { status: number; body?: unknown } {
    if (method === "GET") {
      const since = this.on ? ago(60) : null;
      return { status: 200, body: { since, recovery_codes_left: this.on ? RECOVERY.length : 0, required: false } };
    }
    if (route.endsWith("removal")) {
      this.on = false;
      return { status: 204 };
    }
    if (!route.endsWith("confirmation")) return { status: 200, body: ENROLMENT };
    if (JSON.parse(body).code !== CODE) return { status: 401, body: { code: "wrong_code" } };
    this.on = true;
    return { status: 200, body: { recovery_codes: RECOVERY } };
  }
}

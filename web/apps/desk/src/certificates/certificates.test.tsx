import { cleanup, screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { renderDesk } from "../../dev/render.tsx";
import { api } from "../app/api.ts";
import { CertificatesPage } from "./CertificatesPage.tsx";
import { standingOf } from "./standing.ts";

const DAY = 24 * 3_600_000;
const at = (days: number) => new Date(Date.now() + days * DAY).toISOString();

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}
interface Options {
  readonly params?: {
    readonly path?: { readonly id: string };
    readonly header?: Record<string, string>;
    readonly query?: { readonly cursor?: string; readonly transport?: string };
  };
  readonly body?: unknown;
}

const facts = (name: string, days: number) => ({
  names: [name],
  issuer: "CN=Example CA",
  valid_from: at(-30),
  expires_at: at(days),
});

let held: string[];
let domains: Record<string, unknown>[];
let trunks: Record<string, unknown>[];
let own: Record<string, unknown>;
let gateways: Record<string, unknown[]>;
let refusal: Reply | null;
let asked: [string, unknown][];

function reply(method: string, path: string, { body, params }: Options): Reply {
  if (method !== "GET") {
    asked.push([`${method} ${path} ${params?.header?.["If-Match"] ?? ""}`.trim(), body]);
    const trunk = trunks.find((one) => one.id === params?.path?.id);
    return refusal ?? { status: method === "DELETE" ? 204 : 200, body: { ...trunk, ...(body as object) } };
  }
  const id = params?.path?.id ?? "";
  if (path === "/v1/permissions") return { status: 200, body: { items: held.map((code) => ({ code, held: true })) } };
  if (path === "/v1/phone-domains") return answered("phones.read", domains);
  if (path === "/v1/trunks" || path === "/v1/trunk-states") return pageOf(path, params?.query ?? {});
  if (path.endsWith("/certificate")) return { status: 200, body: own[id] };
  return { status: 200, body: trunks.find((one) => one.id === id) };
}

/** Two trunks of the kind that is asked for. */
function pageOf(path: string, { cursor = "0", transport }: { cursor?: string; transport?: string }): Reply {
  const [found, from] = [trunks.filter((one) => one.transport === transport), Number(cursor)];
  const shown = found.slice(from, from + 2);
  const states = shown.map(({ id, name }) => ({ trunk_id: id, name, gateways: gateways[String(id)] ?? [] }));
  const items = path === "/v1/trunks" ? shown : states;
  const next_cursor = from + 2 < found.length ? String(from + 2) : null;
  return held.includes("trunks.read") ? { status: 200, body: { items, next_cursor } } : { status: 403, body: {} };
}

function answered(permission: string, items: unknown): Reply {
  return held.includes(permission) ? { status: 200, body: { items } } : { status: 403, body: { code: "forbidden" } };
}

beforeEach(() => {
  held = ["phones.read", "phones.write", "trunks.read", "trunks.write"];
  domains = [
    { id: "d1", domain: "phones.north.example", certificate_expires_at: at(90) },
    { id: "d2", domain: "second.north.example", certificate_expires_at: null },
    { id: "d3", domain: "third.example", certificate_expires_at: null },
  ];
  own = {
    d1: {
      ...facts("phones.north.example", 90),
      certificate: "PEM",
      shown_for: ["phones.north.example", "second.north.example"],
    },
  };
  const tls = { certificate: "PEM", trusted_ca: "CA", peer_names: [], client_ca: "" };
  trunks = [
    { id: "t1", name: "Carrier", transport: "tls", tls, tls_certificate: facts("trunk.north.example", 5) },
    { id: "t2", name: "By datagram", transport: "udp", tls: null, tls_certificate: null },
  ];
  gateways = {};
  refusal = null;
  asked = [];
  for (const method of ["GET", "PUT", "PATCH", "DELETE"] as const) {
    vi.spyOn(api, method).mockImplementation((async (path: string, options: Options = {}) => {
      const { status, body } = reply(method, path, options);
      const response = new Response(null, { status, headers: { etag: '"7"' } });
      return status < 300 ? { data: body, response } : { error: body, response };
    }) as never);
  }
});
afterEach(cleanup);

async function opened() {
  await renderDesk(<CertificatesPage />);
  await screen.findByText("Telephone domains");
}

const press = async (name: string) => userEvent.click(await screen.findByRole("button", { name }));
const rows = () => screen.getAllByTestId("domain-certificate").map((row) => row.textContent ?? "");

async function upload(name: string, button = `Upload a certificate for ${name}`): Promise<void> {
  await press(button);
  await userEvent.type(screen.getByLabelText("Certificate"), "chain");
  await userEvent.type(screen.getByLabelText("Private key"), "key");
  await press("Upload");
}

describe("certificates", () => {
  it("tell whose they are, who signed them, and what is shown where there is none", async () => {
    await opened();
    const [first, second, third] = rows();
    expect(first).toMatch(/^phones\.north\.exampleValid until .*Signed byCN=Example CA/);
    expect(second).toContain("that of phones.north.example bears this name and is shown");
    expect(third).toContain("No certificate of its own: the gateway’s certificate is shown.");
    const trunk = screen.getAllByTestId("trunk-certificate");
    expect(trunk).toHaveLength(1);
    expect(trunk[0]?.textContent).toMatch(/^CarrierNobody asks .*Ends soon, on .*an authority of your own list/);
  });

  it("are uploaded for a domain", async () => {
    await opened();
    await upload("third.example");
    expect(asked).toEqual([["PUT /v1/phone-domains/{id}/certificate", { certificate: "chain", key: "key" }]]);
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(screen.getByText("The certificate for third.example is shown from the next connection on.")).toBeTruthy();
  });

  it("say beside each field what is wrong with it", async () => {
    await opened();
    const errors = [
      { field: "certificate", code: "other_name", detail: "" },
      { field: "key", code: "encrypted_key", detail: "" },
    ];
    refusal = { status: 422, body: { code: "invalid_input", errors } };
    await upload("third.example");
    const dialog = within(screen.getByRole("dialog"));
    expect(dialog.getByLabelText("Certificate").getAttribute("aria-invalid")).toBe("true");
    expect(dialog.getAllByText(/does not bear the name third\.example/)).toHaveLength(2); // seen, and heard
    expect(dialog.getAllByText(/This key has a passphrase/)).toHaveLength(2);
  });

  it("are read from files", async () => {
    await opened();
    await press("Upload a certificate for third.example");
    const files = document.querySelectorAll<HTMLInputElement>('input[type="file"]');
    await userEvent.upload(files[0] as HTMLInputElement, new File(["of a file"], "chain.pem"));
    await vi.waitFor(() =>
      expect((screen.getByLabelText("Certificate") as HTMLTextAreaElement).value).toBe("of a file"),
    );
  });

  it("are removed once it was confirmed", async () => {
    await opened();
    await press("Remove the certificate of phones.north.example");
    await press("Keep it");
    expect(asked).toEqual([]);
    await press("Remove the certificate of phones.north.example");
    await press("Remove");
    expect(asked.map(([what]) => what)).toEqual(["DELETE /v1/phone-domains/{id}/certificate"]);
  });

  it("of a trunk are changed without the rest of its settings", async () => {
    await opened();
    await upload("Carrier", "Replace the certificate of Carrier");
    const tls = { certificate: "chain", trusted_ca: "CA", peer_names: [], client_ca: "" };
    expect(asked).toEqual([['PATCH /v1/trunks/{id} "7"', { tls, tls_key: "key" }]]);
  });

  it("have authorities, of which wrong ones are told beside their field", async () => {
    await opened();
    refusal = {
      status: 422,
      body: { code: "invalid_input", errors: [{ field: "tls", code: "no_names", detail: "" }] },
    };
    await press("Authorities of Carrier");
    await userEvent.type(screen.getByLabelText("Who signs for those who call us"), "own");
    await press("Save");
    expect(screen.getByLabelText("Names in the caller’s certificate").getAttribute("aria-invalid")).toBe("true");
    refusal = null;
    await userEvent.type(screen.getByLabelText("Names in the caller’s certificate"), "pbx.example");
    await press("Save");
    const tls = { certificate: "PEM", trusted_ca: "CA", peer_names: ["pbx.example"], client_ca: "own" };
    expect(asked.at(-1)?.[1]).toEqual({ tls });
  });

  it("of trunks come page by page, and a changed one stays where it is", async () => {
    trunks = [1, 2, 3, 4, 5].map((n) => ({ ...trunks[0], id: `t${n}`, name: `Carrier ${n}` }));
    await opened();
    const names = () => screen.getAllByTestId("trunk-certificate").map((one) => one.querySelector("h3")?.textContent);
    expect(names()).toEqual(["Carrier 1", "Carrier 2"]);
    await press("Show more trunks");
    await vi.waitFor(() => expect(names()).toHaveLength(4));
    await press("Show more trunks");
    await vi.waitFor(() => expect(names()).toHaveLength(5));
    expect(screen.queryByText("Show more trunks")).toBeNull();
    await upload("Carrier 5", "Replace the certificate of Carrier 5");
    expect(names()).toEqual(["Carrier 1", "Carrier 2", "Carrier 3", "Carrier 4", "Carrier 5"]);
    expect(screen.getByText("The certificate for Carrier 5 is shown from the next connection on.")).toBeTruthy();
  });

  it("cannot be changed by who may only read, nor seen by who may not", async () => {
    held = ["phones.read"];
    await opened();
    expect(screen.queryByRole("button")).toBeNull();
    expect(screen.queryByText("Trunks by TLS")).toBeNull();
    cleanup();
    held = [];
    await renderDesk(<CertificatesPage />);
    expect(await screen.findByText(/You may not see certificates/)).toBeTruthy();
  });

  it("have an empty page that says what to do", async () => {
    domains = [];
    await opened();
    expect(
      screen.getByText("There is no telephone domain yet. Add one, and its certificate can be uploaded here."),
    ).toBeTruthy();
  });

  it.each([
    [90, "fine"],
    [13, "ends"],
    [-1, "ended"],
  ])("that end in %i days are %s", (days, standing) => {
    expect(standingOf(at(days), Date.now())).toBe(standing);
  });
});

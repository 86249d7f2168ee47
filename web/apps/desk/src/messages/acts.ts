/** What is done with a message, in the company whose it is. */
import { api, type LeftMessage } from "../app/api.ts";

export interface Done {
  readonly disposition: string;
  readonly note: string;
}

type Where = {
  readonly params: { readonly path: { readonly id: string } };
  readonly headers?: Readonly<Record<string, string>>;
};

/** `client` null: of the agent's own company; else under the grant there. */
export function headersOf(client: string | null): Readonly<Record<string, string>> {
  return client === null ? {} : { "Cordboard-Client": client };
}

function at(id: string, client: string | null): Where {
  const params = { path: { id } };
  return client === null ? { params } : { params, headers: headersOf(client) };
}

export const messageActs = {
  take: (id: string, client: string | null) => api.POST("/v1/voicemails/{id}/take", at(id, client)),
  reject: (id: string, client: string | null) => api.POST("/v1/voicemails/{id}/reject", at(id, client)),
  giveBack: (id: string, client: string | null) => api.POST("/v1/voicemails/{id}/give-back", at(id, client)),
  finish: (id: string, client: string | null, body: Done) =>
    api.POST("/v1/voicemails/{id}/finish", { ...at(id, client), body }),
  read: async (id: string, client: string | null): Promise<LeftMessage | null> => {
    const answer = await api.GET("/v1/voicemails/{id}", at(id, client)).catch(() => null);
    return answer?.data ?? null;
  },
};

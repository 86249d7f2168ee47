/** What is changed as it was when the dialog opened: what happened to it meanwhile is not written over. */

import { useEffect, useState } from "react";
import { actingIn, api } from "../app/api.ts";

type Kind = "/v1/callbacks/{id}" | "/v1/voicemails/{id}";

/** Null until it is read; "*" where it is done already, which the change is told then. */
export function useVersion(kind: Kind, id: string, client: string | null): string | null {
  const [version, setVersion] = useState<string | null>(null);
  useEffect(() => {
    const read = async () => {
      const answer = await api.GET(kind, { params: { path: { id } }, headers: actingIn(client) }).catch(() => null);
      const etag = answer?.response.headers.get("etag") ?? null;
      setVersion(answer?.response.status === 404 ? "*" : etag);
    };
    void read();
  }, [kind, id, client]);
  return version;
}

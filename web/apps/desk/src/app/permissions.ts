/** What one may do, as the server says. */

import { useEffect, useState } from "react";
import { api } from "./api.ts";

/** Null until it is known; where nobody answers, nothing. */
export function useHeld(): ReadonlySet<string> | null {
  const [held, setHeld] = useState<ReadonlySet<string> | null>(null);
  useEffect(() => {
    const read = async () => {
      const answer = await api.GET("/v1/permissions").catch(() => null);
      const mine = answer?.data?.items.filter((one) => one.held) ?? [];
      setHeld(new Set(mine.map(({ code }) => code)));
    };
    void read();
  }, []);
  return held;
}

/** Null until it is known. */
export function useMayChange(permission: string): boolean | null {
  return useHeld()?.has(permission) ?? null;
}

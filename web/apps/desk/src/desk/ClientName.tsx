import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import type { Tenant } from "../link/protocol.ts";
import "./client-name.css";

/** The name to show with a call or a queue; null at a desk that works for one company only. */
export function useClientName(client: Tenant | null): string | null {
  const own = useDeskState(({ me }) => me.tenant.id);
  const several = useDeskState(({ me }) => me.clients.length > 0);
  if (client === null || (!several && client.id === own)) return null;
  return client.name;
}

interface ClientNameProps {
  readonly client: Tenant;
  readonly size: "ring" | "call";
}

/** Whose call it is, big enough to greet with the right name before the caller is seen. */
export function ClientName({ client, size }: ClientNameProps) {
  const { t } = useTranslation();
  const name = useClientName(client);
  if (name === null) return null;
  return (
    <p className={`client-name client-name-${size}`}>
      <span className="client-name-for">{t("client.for")}</span>
      <strong data-testid="client-name">{name}</strong>
    </p>
  );
}

import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { go, hashOf, type Page, usePlace } from "../app/route.ts";
import type { Clients } from "../clients/useClients.ts";
import "./nav.css";

type Shown = Exclude<Page, "desk">;

const OF_A_CLIENT: readonly Shown[] = ["board", "alerts"];
const WORK: readonly Shown[] = ["promised", "voicemails", "missed", "callbacks", "certificates"];

/** Between the pages, and for whom: a provider's people choose a client, and keep it from page to page. */
export function BoardNav({ clients }: { readonly clients: Clients }) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const client = query.client ?? "";
  const pages: readonly Shown[] = [...(clients.all === null ? [] : (["clients"] as const)), ...OF_A_CLIENT, ...WORK];
  return (
    <div className="board-nav">
      <nav aria-label={t("board_nav.label")}>
        <ul>
          {pages.map((page) => (
            <NavLink key={page} page={page} client={client} />
          ))}
        </ul>
      </nav>
      {clients.all !== null && <ClientChoice clients={clients} client={client} />}
    </div>
  );
}

function NavLink({ page, client }: { readonly page: Shown; readonly client: string }) {
  const { t } = useTranslation();
  const place = usePlace();
  const { session } = useDesk();
  const whose = client === session.tenant.id ? "" : client; // only the lists of work tell one's own from all
  return (
    <li>
      <a href={hashOf(page, { client: whose })} aria-current={place.page === page ? "page" : undefined}>
        {t(`board_nav.${page}`)}
      </a>
    </li>
  );
}

/** One's own company, or a client that lets one see it; a client that one may see no more stays shown until another is chosen. */
function ClientChoice({ clients, client }: { readonly clients: Clients; readonly client: string }) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const { page, query } = usePlace();
  const known = clients.all?.clients ?? [];
  if (!OF_A_CLIENT.some((one) => one === page)) return null;
  return (
    <label className="board-client">
      {t("board_nav.client")}
      <select value={client} onChange={(event) => go(page, { ...query, queue: "", client: event.target.value })}>
        <option value="">{session.tenant.name}</option>
        {known.map(({ id, name }) => (
          <option key={id} value={id}>
            {name}
          </option>
        ))}
        {client !== "" && !known.some(({ id }) => id === client) && (
          <option value={client}>{t("board_nav.unknown_client")}</option>
        )}
      </select>
    </label>
  );
}

import { Building2 } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { ClientLive, LiveSums } from "../app/api.ts";
import { hashOf } from "../app/route.ts";
import { BoardScroll } from "../board/BoardScroll.tsx";
import { percentWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import type { Clients } from "./useClients.ts";
import "../board/board.css";

/** Whose callers wait for longest first; then by name. */
export function byNeedOfClients(clients: readonly ClientLive[]): ClientLive[] {
  const since = ({ sums }: ClientLive) =>
    sums.longest_waiting_since === null ? Number.POSITIVE_INFINITY : Date.parse(sums.longest_waiting_since);
  return [...clients].sort((a, b) => {
    const [first, second] = [since(a), since(b)];
    return first === second ? a.name.localeCompare(b.name) : first - second;
  });
}

/** All clients of a provider at a glance; each name leads to its board. */
export function ClientsPage({ clients }: { readonly clients: Clients }) {
  const { t } = useTranslation();
  const { all, status } = clients;
  if (all === null || all.clients.length === 0) return <NoClients clients={clients} />;
  return (
    <div className="board" data-testid="clients" data-status={status}>
      <section className="board-card card" aria-labelledby="clients-title">
        <h1 id="clients-title" className="card-title board-title">
          {t("clients.title")}
        </h1>
        <BoardScroll label={t("clients.title")}>
          <table className="board-table">
            <Heads />
            <tbody>
              {byNeedOfClients(all.clients).map((client) => (
                <tr key={client.id} data-testid="client-row">
                  <th scope="row">
                    <a href={hashOf("board", { client: client.id })}>{client.name}</a>
                  </th>
                  <Figures sums={client.sums} />
                </tr>
              ))}
            </tbody>
            <tfoot>
              <tr data-testid="client-sums">
                <th scope="row">{t("board.together")}</th>
                <Figures sums={all.sums} />
              </tr>
            </tfoot>
          </table>
        </BoardScroll>
      </section>
      {status === "stale" && (
        <p className="board-stale" role="alert">
          {t("board.stale")}
        </p>
      )}
    </div>
  );
}

function Heads() {
  const { t } = useTranslation();
  return (
    <thead>
      <tr>
        <th scope="col">{t("clients.client")}</th>
        <th scope="col">{t("queues.waiting")}</th>
        <th scope="col">{t("queues.longest")}</th>
        <th scope="col">{t("board.free")}</th>
        <th scope="col">{t("clients.talking")}</th>
        <th scope="col">{t("queues.service_level")}</th>
        <th scope="col">{t("board.answered_today")}</th>
        <th scope="col">{t("board.abandoned_today")}</th>
      </tr>
    </thead>
  );
}

function Figures({ sums }: { readonly sums: LiveSums }) {
  const { t, i18n } = useTranslation();
  const none = t("queues.no_figure");
  const level = sums.service_level_today;
  return (
    <>
      <td className={sums.waiting > 0 ? "board-strong" : ""}>{sums.waiting}</td>
      <td>{sums.longest_waiting_since === null ? none : <Elapsed since={sums.longest_waiting_since} />}</td>
      <td>{t("board.of", { free: sums.agents_available, count: sums.agents_logged_in })}</td>
      <td>{sums.agents_connected}</td>
      <td>{level === null ? none : <bdi>{percentWords(level / 100, i18n.language, 0)}</bdi>}</td>
      <td>{sums.answered_today}</td>
      <td>{sums.abandoned_today}</td>
    </>
  );
}

function NoClients({ clients: { status, reload } }: { readonly clients: Clients }) {
  const { t } = useTranslation();
  if (status === "loading") return <p role="status">{t("clients.loading")}</p>;
  const words = status === "stale" ? "failed" : status === "none" ? "refused" : "empty";
  return (
    <div className="side-empty" role={status === "stale" ? "alert" : "status"}>
      <Building2 aria-hidden />
      <h1>{t(`clients.${words}_title`)}</h1>
      <p className="muted">{t(`clients.${words}`)}</p>
      {status === "stale" && <Button onPress={reload}>{t("retry")}</Button>}
    </div>
  );
}

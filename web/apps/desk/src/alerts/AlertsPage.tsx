import { BellOff, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PastAlert } from "../app/api.ts";
import { go, usePlace } from "../app/route.ts";
import { BoardScroll } from "../board/BoardScroll.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import { AlertRow } from "./AlertRow.tsx";
import { type AlertFilter, type Alerts, SPANS, STANDS, useAlerts } from "./useAlerts.ts";
import { useQueueNames } from "./useQueueNames.ts";
import "../board/board.css";
import "./alerts.css";

const WEEK = "168";

/** What the address says; what it does not say, or says wrongly, is the usual. */
export function filterOf(query: Readonly<Record<string, string>>): AlertFilter {
  const { queue = "", within = WEEK, stand = "" } = query;
  return {
    queue,
    hours: within === "all" ? "" : (SPANS.find((one) => one === within) ?? WEEK),
    stand: STANDS.find((one) => one === stand) ?? "",
  };
}

/** Alerts as they were: when, how bad, and who looked after them. */
export function AlertsPage({ client }: { readonly client: string | null }) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const filter = filterOf(query);
  const alerts = useAlerts(client, filter);
  const [told, setTold] = useState("");
  const acknowledge = async (alert: PastAlert) => {
    if (await alerts.acknowledge(alert.id)) setTold(t("alerts.taken", { name: alert.name }));
  };
  return (
    <div className="board">
      <section
        className="board-card card"
        data-testid="alerts"
        data-status={alerts.status}
        aria-labelledby="alerts-title"
      >
        <header className="alerts-header">
          <h1 id="alerts-title" className="card-title">
            {t("alerts.title")}
          </h1>
          <Filters client={client} filter={filter} />
          <IconButton label={t("alerts.refresh")} icon={RefreshCw} size="small" onPress={alerts.reload} />
        </header>
        <p className="visually-hidden" role="status">
          {told}
        </p>
        <Found alerts={alerts} filter={filter} onTake={(alert) => void acknowledge(alert)} />
      </section>
    </div>
  );
}

function Filters({ client, filter }: { readonly client: string | null; readonly filter: AlertFilter }) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const queues = useQueueNames(client) ?? [];
  const unknown = filter.queue !== "" && !queues.some(({ id }) => id === filter.queue);
  const choose = (change: Record<string, string>) => go("alerts", { ...query, ...change });
  return (
    <div className="alerts-filters">
      <label>
        <span className="visually-hidden">{t("board.queue")}</span>
        <select className="choice" value={filter.queue} onChange={({ target }) => choose({ queue: target.value })}>
          <option value="">{t("alerts.all_queues")}</option>
          {queues.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {unknown && <option value={filter.queue}>{t("alerts.unknown_queue")}</option>}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{t("alerts.time")}</span>
        <select
          className="choice"
          value={filter.hours === "" ? "all" : filter.hours}
          onChange={({ target }) => choose({ within: target.value })}
        >
          {SPANS.map((hours) => (
            <option key={hours} value={hours === "" ? "all" : hours}>
              {t(`alerts.within.${hours === "" ? "all" : hours}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span className="visually-hidden">{t("alerts.stand")}</span>
        <select className="choice" value={filter.stand} onChange={({ target }) => choose({ stand: target.value })}>
          {STANDS.map((stand) => (
            <option key={stand} value={stand}>
              {t(`alerts.stands.${stand === "" ? "all" : stand}`)}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

interface FoundProps {
  readonly alerts: Alerts;
  readonly filter: AlertFilter;
  readonly onTake: (alert: PastAlert) => void;
}

function Found({ alerts, filter, onTake }: FoundProps) {
  const { t } = useTranslation();
  const { items, status } = alerts;
  if (status === "failed" || status === "refused") return <NotRead refused={status === "refused"} alerts={alerts} />;
  if (items.length === 0)
    return status === "loading" ? <p role="status">{t("alerts.loading")}</p> : <None filter={filter} />;
  return (
    <>
      <BoardScroll label={t("alerts.title")}>
        <table className="board-table alerts-table">
          <thead>
            <tr>
              <th scope="col">{t("alerts.alert")}</th>
              <th scope="col">{t("alerts.since")}</th>
              <th scope="col">{t("alerts.lasted")}</th>
              <th scope="col">{t("alerts.worst")}</th>
              <th scope="col">{t("alerts.who")}</th>
            </tr>
          </thead>
          <tbody>
            {items.map((alert) => (
              <AlertRow key={alert.id} alert={alert} onTake={() => onTake(alert)} />
            ))}
          </tbody>
        </table>
      </BoardScroll>
      {status === "stale" && (
        <p className="board-stale" role="alert">
          {t("board.stale")}
        </p>
      )}
      {alerts.more && (
        <Button size="small" onPress={alerts.readMore}>
          {t("alerts.more")}
        </Button>
      )}
    </>
  );
}

function None({ filter }: { readonly filter: AlertFilter }) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const narrowed = filter.queue !== "" || filter.stand !== "" || filter.hours !== "";
  return (
    <div className="side-empty" data-testid="no-alerts">
      <BellOff aria-hidden />
      <p>
        <strong>{t("alerts.none_title")}</strong>
      </p>
      <p className="muted">{t(narrowed ? "alerts.none_here" : "alerts.none")}</p>
      {narrowed && (
        <Button size="small" onPress={() => go("alerts", { client: query.client ?? "", within: "all" })}>
          {t("alerts.show_all")}
        </Button>
      )}
    </div>
  );
}

function NotRead({ refused, alerts }: { readonly refused: boolean; readonly alerts: Alerts }) {
  const { t } = useTranslation();
  return (
    <div className="side-empty" role="alert">
      <p>{t(refused ? "alerts.refused" : "alerts.failed")}</p>
      <Button size="small" onPress={alerts.reload}>
        {t("retry")}
      </Button>
    </div>
  );
}

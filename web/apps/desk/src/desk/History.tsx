import { PhoneCall, RefreshCw } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState, useReading } from "../app/hooks.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { HistoryRow } from "./HistoryRow.tsx";
import { dayOf } from "./records.ts";
import type { OwnCall } from "./sources.ts";
import { type CallHistory, useHistory } from "./useHistory.ts";
import "./history.css";

export function History() {
  const { t } = useTranslation();
  const { session } = useDesk();
  const change = useDeskState((state) => `${state.call?.id ?? ""}:${state.me.state}`);
  const clients = useDeskState((state) => state.me.clients);
  const history = useHistory(session.user.id, clients, change);
  return (
    <div className="history">
      <header className="history-header">
        <h2 className="card-title">{t("history.title")}</h2>
        <IconButton label={t("history.refresh")} icon={RefreshCw} size="small" onPress={history.reload} />
      </header>
      <HistoryBody history={history} />
    </div>
  );
}

function HistoryBody({ history }: { readonly history: CallHistory }) {
  const { t } = useTranslation();
  if (history.status === "failed") {
    return (
      <div className="side-empty" role="alert">
        <p>{t("history.failed")}</p>
        <Button size="small" onPress={history.reload}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  if (history.status === "ready" && history.calls.length === 0) {
    return (
      <div className="side-empty">
        <PhoneCall aria-hidden />
        <p>
          <strong>{t("history.empty_title")}</strong>
        </p>
        <p className="muted">{t("history.empty")}</p>
      </div>
    );
  }
  return <Days history={history} />;
}

function Days({ history }: { readonly history: CallHistory }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const reading = useReading();
  const [playing, setPlaying] = useState<string | null>(null);
  const onCall = useDeskState((state) => state.call !== null && state.call.state !== "ended");
  const today = new Date(desk.connection.clock.now());
  const days = Map.groupBy(history.calls, ({ record }) => dayOf(record.offered_at, today, reading));
  return (
    <div className="history-days">
      {[...days].map(([day, calls]) => (
        <section key={day.key} aria-label={day.words ?? t(`history.${day.near}`)}>
          <h3>{day.words ?? t(`history.${day.near}`)}</h3>
          <ul>
            {calls.map(({ record, client }: OwnCall) => (
              <HistoryRow
                key={record.id}
                call={record}
                client={client}
                onCall={onCall}
                isPlaying={playing === record.id}
                onPlay={(open) => setPlaying(open ? record.id : null)}
              />
            ))}
          </ul>
        </section>
      ))}
      {history.hasMore && (
        <Button kind="quiet" size="small" fill onPress={history.more}>
          {t("history.more")}
        </Button>
      )}
    </div>
  );
}

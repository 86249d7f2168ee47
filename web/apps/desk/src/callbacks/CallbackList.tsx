import { CalendarClock, Plus, RefreshCw, X } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PromisedCallback } from "../app/api.ts";
import { useDesk, useDeskState, useReading } from "../app/hooks.ts";
import { dayAndTime, phoneWords } from "../i18n/format.ts";
import { Button, IconButton } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { PromiseDialog } from "./PromiseDialog.tsx";
import { type Callbacks, useCallbacks } from "./useCallbacks.ts";
import "./callbacks.css";

/** What customers were promised, and promising another. */
export function CallbackList() {
  const { t } = useTranslation();
  const callbacks = useCallbacks();
  const [promising, setPromising] = useState(false);
  return (
    <div className="callbacks">
      <header className="history-header">
        <h2 className="card-title">{t("callbacks.title")}</h2>
        <Button size="small" icon={Plus} onPress={() => setPromising(true)}>
          {t("callbacks.promise")}
        </Button>
        <IconButton label={t("callbacks.refresh")} icon={RefreshCw} size="small" onPress={callbacks.reload} />
      </header>
      <Body callbacks={callbacks} />
      {promising && <PromiseDialog promise={callbacks.promise} onClose={() => setPromising(false)} />}
    </div>
  );
}

function Body({ callbacks }: { readonly callbacks: Callbacks }) {
  const { t } = useTranslation();
  if (callbacks.status === "failed") {
    return (
      <div className="side-empty" role="alert">
        <p>{t("callbacks.failed")}</p>
        <Button size="small" onPress={callbacks.reload}>
          {t("retry")}
        </Button>
      </div>
    );
  }
  if (callbacks.status === "ready" && callbacks.items.length === 0) {
    return (
      <div className="side-empty">
        <CalendarClock aria-hidden />
        <p>
          <strong>{t("callbacks.empty_title")}</strong>
        </p>
        <p className="muted">{t("callbacks.empty")}</p>
      </div>
    );
  }
  return (
    <ul className="callback-rows">
      {callbacks.items.map((item) => (
        <Row key={item.id} item={item} onCancel={() => callbacks.cancel(item.id)} />
      ))}
    </ul>
  );
}

function Row({ item, onCancel }: { readonly item: PromisedCallback; readonly onCancel: () => void }) {
  const { t } = useTranslation();
  const { session } = useDesk();
  const reading = useReading();
  const queue = useDeskState((state) => state.queues[item.queue_id]?.name ?? null);
  const when = item.due === null ? t("callbacks.soon") : dayAndTime(item.due, reading);
  const mine = item.agent_id === session.user.id || item.taker_id === session.user.id;
  return (
    <li data-testid="callback-row" data-state={item.state}>
      <span className="callback-words">
        <strong>
          <PhoneNumber number={item.number} />
        </strong>
        <span className="muted">{[when, queue, mine ? t("callbacks.mine") : null].filter(Boolean).join(" · ")}</span>
      </span>
      <span className="callback-state">{t(`callbacks.state.${item.state}`)}</span>
      <IconButton
        size="small"
        icon={X}
        label={t("callbacks.cancel", { number: phoneWords(item.number) })}
        onPress={onCancel}
      />
    </li>
  );
}

import { useTranslation } from "react-i18next";
import { useDeskState, useReading } from "../app/hooks.ts";
import { useClientName } from "../desk/ClientName.tsx";
import { RingBack } from "../desk/RingBack.tsx";
import { clockTime, dayAndTime } from "../i18n/format.ts";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import type { OwnMissed } from "./useMessages.ts";

interface MissedRowProps {
  readonly item: OwnMissed;
  readonly onCall: boolean;
}

/** A number that called in vain: how often, how long it waited, and whether somebody tried since. */
export function MissedRow({ item, onCall }: MissedRowProps) {
  const { t } = useTranslation();
  const reading = useReading();
  const queue = useDeskState((state) => (item.queue_id === null ? null : (state.queues[item.queue_id]?.name ?? null)));
  const company = useClientName(item.client);
  const words = [
    dayAndTime(item.last_at, reading),
    t("messages.times", { count: item.times }),
    t("messages.waited", { time: clockTime(item.longest_wait_seconds) }),
    item.tried === 0 ? null : t("messages.tried", { count: item.tried }),
    queue,
    company,
  ].filter(Boolean);
  return (
    <li data-testid="missed-row">
      <span className="callback-words">
        <strong>
          <PhoneNumber number={item.number} />
        </strong>
        <span className="muted" title={words.join(" · ")}>
          {words.join(" · ")}
        </span>
      </span>
      <span className="history-actions">
        <RingBack number={item.number} client={item.client} isDisabled={onCall} />
      </span>
    </li>
  );
}

import { PhoneIncoming, PhoneOutgoing, Play } from "lucide-react";
import { useTranslation } from "react-i18next";
import { type CallRecord, recordingUrl } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { clockTime, phoneWords, timeOfDay } from "../i18n/format.ts";
import { dispositionWords } from "../i18n/words.ts";
import type { Tenant } from "../link/protocol.ts";
import { IconButton } from "../ui/Button.tsx";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import { RecordingPlayer } from "./RecordingPlayer.tsx";
import { RingBack } from "./RingBack.tsx";
import { farNumberOf, outcomeOf } from "./records.ts";

interface HistoryRowProps {
  readonly call: CallRecord;
  readonly client: Tenant | null;
  readonly onCall: boolean;
  readonly isPlaying: boolean;
  readonly onPlay: (open: boolean) => void;
}

export function HistoryRow({ call, client, onCall, isPlaying, onPlay }: HistoryRowProps) {
  const { t } = useTranslation();
  const reading = useReading();
  const number = farNumberOf(call);
  const Icon = call.direction === "inbound" ? PhoneIncoming : PhoneOutgoing;
  const outcome = outcomeOf(call);
  const [recording] = call.recording_ids;
  return (
    <li className="history-row" data-testid="history-call" data-outcome={outcome}>
      <span className={`history-icon history-${outcome}`} title={t(`history.${call.direction}`)}>
        <Icon aria-label={t(`history.${call.direction}`)} />
      </span>
      <div className="history-words">
        <p className="history-number">
          <PhoneNumber number={number} />
          <span className="time history-time">{timeOfDay(call.offered_at, reading)}</span>
        </p>
        <Summary call={call} client={client} />
      </div>
      <div className="history-actions">
        {recording !== undefined && (
          <IconButton
            label={t("history.play", { number: number === null ? t("unknown_number") : phoneWords(number) })}
            icon={Play}
            isDisabled={onCall}
            onPress={() => onPlay(!isPlaying)}
          />
        )}
        <RingBack number={number} client={client} isDisabled={onCall} />
      </div>
      {isPlaying && !onCall && recording !== undefined && (
        <RecordingPlayer path={recordingUrl(recording)} client={client} onClose={() => onPlay(false)} />
      )}
    </li>
  );
}

/** One line: how long or why not, where, and how it ended. */
function Summary({ call, client }: Pick<HistoryRowProps, "call" | "client">) {
  const { t } = useTranslation();
  const outcome = outcomeOf(call);
  const length = outcome === "answered" ? clockTime(call.talk_seconds) : t(`history.outcome.${outcome}`);
  const ending = call.disposition === null || call.disposition === "" ? null : dispositionWords(t, call.disposition);
  const words = [client?.name ?? null, length, call.queue_name, ending].filter((word) => word !== null).join(" · ");
  return (
    <p className="muted figure history-line" title={words}>
      {words}
    </p>
  );
}

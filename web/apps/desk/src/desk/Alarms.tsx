import { TriangleAlert } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDeskState, useReading } from "../app/hooks.ts";
import { timeOfDay } from "../i18n/format.ts";
import { alarmWords, trunkReasonWords } from "../i18n/words.ts";
import type { Alarm } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import "./alerts.css";

const SHOWN = 2; // more would push the call off a small screen

function keyOf(alarm: Alarm): string {
  return `${alarm.code}@${alarm.at}`;
}

export function Alarms() {
  const { t } = useTranslation();
  const reading = useReading();
  const alarms = useDeskState((state) => state.alarms);
  const [read, setRead] = useState<ReadonlySet<string>>(new Set());
  const unread = alarms.filter((alarm) => !read.has(keyOf(alarm))).slice(-SHOWN);
  if (unread.length === 0) return null;
  return (
    <div className="alarms" role="alert">
      {unread.map((alarm) => (
        <div key={keyOf(alarm)} className="alarm" data-testid="alarm" data-code={alarm.code}>
          <TriangleAlert aria-hidden />
          <p>
            <strong>{alarmWords(t, alarm.code)}</strong>{" "}
            <span className="muted">
              {t("alarm.at", { time: timeOfDay(alarm.at, reading) })}
              {alarm.detail !== "" && ` · ${alarm.detail}`}
              {alarm.reason && ` · ${trunkReasonWords(t, alarm.reason)}`}
            </span>
          </p>
          <Button size="small" onPress={() => setRead(new Set([...read, keyOf(alarm)]))}>
            {t("dismiss")}
          </Button>
        </div>
      ))}
    </div>
  );
}

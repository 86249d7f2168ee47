import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { Bar } from "../ui/Meter.tsx";

const PERIOD_MS = 100; // fast enough to follow speech, slow enough to cost nothing

export function MicrophoneLevel() {
  const { t } = useTranslation();
  const { softphone } = useDesk().desk;
  const [level, setLevel] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setLevel(softphone.microphoneLevel()), PERIOD_MS);
    return () => clearInterval(timer);
  }, [softphone]);
  return <Bar label={t("call.microphone_level")} value={level} tone="ready" />;
}

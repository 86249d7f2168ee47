import { CircleAlert, CircleCheck, CircleDashed } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { TrunkState } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { dayAndTime } from "../i18n/format.ts";
import { trunkAdvice, trunkReasonWords } from "../i18n/words.ts";

/** Whether the carrier can be used, as each gateway finds it; where not, why, since when, and what can be done. */
export function TrunkStanding({ states }: { readonly states: readonly TrunkState[] }) {
  const { t } = useTranslation();
  if (states.length === 0) return <p className="muted">{t("trunk_state.unwatched")}</p>;
  return states.map((state) => (
    <div key={state.gateway} className="trunk-standing" data-testid="trunk-standing" data-reason={state.reason ?? ""}>
      {states.length > 1 && (
        <p className="muted">
          <bdi>{t("trunk_state.of", { gateway: state.gateway })}</bdi>
        </p>
      )}
      {state.reason === null ? <Fine state={state} /> : <Broken reason={state.reason} state={state} />}
    </div>
  ));
}

function Broken({ reason, state }: { readonly reason: string; readonly state: TrunkState }) {
  const { t } = useTranslation();
  const reading = useReading();
  const time = dayAndTime(state.reason_since ?? state.since, reading);
  return (
    <>
      <p className="certificate-standing" data-standing="ended">
        <CircleAlert aria-hidden />
        {t("trunk_state.broken", { reason: trunkReasonWords(t, reason), time })}
      </p>
      <p>{trunkAdvice(t, reason, state.status)}</p>
    </>
  );
}

function Fine({ state }: { readonly state: TrunkState }) {
  const { t } = useTranslation();
  const known = wordOf(state);
  const works = known === "works" || known === "registered";
  const Sign = works ? CircleCheck : CircleDashed;
  return (
    <p className="certificate-standing" data-standing={works ? "fine" : "unknown"}>
      <Sign aria-hidden />
      {t(`trunk_state.${known}`)}
    </p>
  );
}

function wordOf({ health, registration }: TrunkState): "works" | "registered" | "waiting" | "unknown" {
  if (registration === "waiting") return "waiting";
  if (health === "up") return "works";
  return registration === "registered" ? "registered" : "unknown";
}

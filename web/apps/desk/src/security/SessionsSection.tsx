import { LogOut, MonitorSmartphone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { api, type OpenSession } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { dayAndTime } from "../i18n/format.ts";
import { problemWords } from "../i18n/words.ts";
import { Button } from "../ui/Button.tsx";
import { deviceOf } from "./device.ts";
import { ask, useAnswer } from "./useAnswer.ts";

const listSessions = () => api.GET("/v1/sessions");

/** Where one is logged in; each other place can be logged out from here. */
export function SessionsSection() {
  const { t } = useTranslation();
  const { data: sessions, problem, setProblem, again } = useAnswer(listSessions);
  const others = (sessions ?? []).filter((session) => !session.current);

  async function end(session: OpenSession | null) {
    const asked = await ask(
      session === null
        ? api.DELETE("/v1/sessions")
        : api.DELETE("/v1/sessions/{id}", { params: { path: { id: session.id } } }),
    );
    if (asked.problem === null) await again();
    else setProblem(asked.problem);
  }

  return (
    <section aria-labelledby="security-sessions">
      <h3 id="security-sessions">{t("security.sessions")}</h3>
      {problem !== null && (
        <p role="alert" className="field-error">
          {problemWords(t, problem)}
        </p>
      )}
      <ul className="session-list">
        {(sessions ?? []).map((session) => (
          <SessionRow key={session.id} session={session} onEnd={() => void end(session)} />
        ))}
      </ul>
      {others.length > 1 && (
        <Button size="small" kind="danger-plain" onPress={() => void end(null)}>
          {t("security.end_others")}
        </Button>
      )}
    </section>
  );
}

function SessionRow({ session, onEnd }: { readonly session: OpenSession; readonly onEnd: () => void }) {
  const { t } = useTranslation();
  const reading = useReading();
  const device = deviceOf(session.agent) ?? t("security.unknown_device");
  const time = dayAndTime(session.last_seen_at, reading);
  return (
    <li className="session-row">
      <MonitorSmartphone aria-hidden />
      <div>
        <p className="session-device">{device}</p>
        <p className="muted">{t("security.seen", { address: session.address, time })}</p>
      </div>
      {session.current ? (
        <span className="session-here">{t("security.here")}</span>
      ) : (
        <Button size="small" icon={LogOut} aria-label={t("security.end_named", { device, time })} onPress={onEnd}>
          {t("security.end")}
        </Button>
      )}
    </li>
  );
}

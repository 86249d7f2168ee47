import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { DeskPage } from "../desk/DeskPage.tsx";
import { BrandMark } from "../ui/BrandMark.tsx";
import type { Session } from "./api.ts";
import { DeskSession, type DeskSessionEvents } from "./desk-session.ts";
import { DeskContext, useDesk, useLink } from "./hooks.ts";

interface DeskRootProps extends DeskSessionEvents {
  readonly session: Session;
}

/** Starts the desk with the page and ends it with the page; what is inside only shows it. */
export function DeskRoot({ session, ...events }: DeskRootProps) {
  const [desk, setDesk] = useState<DeskSession | null>(null);
  const latest = useRef(events);
  useEffect(() => {
    latest.current = events;
  });
  useEffect(() => {
    const started = new DeskSession({
      onLeft: () => latest.current.onLeft(),
      onSessionEnded: () => latest.current.onSessionEnded(),
      onLost: () => latest.current.onLost(),
    });
    started.start();
    setDesk(started);
    return () => started.stop();
  }, []);
  const value = useMemo(() => (desk === null ? null : { desk, session }), [desk, session]);

  return (
    <DeskContext value={value}>
      {value !== null && (
        <>
          <RemoteAudio />
          <Opening />
        </>
      )}
    </DeskContext>
  );
}

function RemoteAudio() {
  const { softphone } = useDesk().desk;
  const element = useRef<HTMLAudioElement>(null);
  useEffect(() => {
    softphone.output.bind(element.current);
    return () => softphone.output.bind(null);
  }, [softphone]);
  // biome-ignore lint/a11y/useMediaCaption: the voice of a live telephone call has no captions
  return <audio ref={element} autoPlay data-testid="remote-audio" />;
}

/** A server that is just starting refuses once or twice. */
const PATIENT_FAILURES = 2;

function Opening() {
  const { t } = useTranslation();
  const opened = useLink((view) => view.desk !== null);
  const failing = useLink((view) => view.failures > PATIENT_FAILURES);
  const problem = useLink((view) => ["refused", "taken_over", "elsewhere"].includes(view.status));
  if (opened || problem) return <DeskPage opened={opened} />;
  return (
    <main className="full-page">
      <div className="waiting" role="status">
        <BrandMark size={48} />
        <p className="muted">{failing ? t("link.opening") : t("loading")}</p>
      </div>
    </main>
  );
}

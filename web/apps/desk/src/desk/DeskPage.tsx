import { useEffect, useMemo } from "react";
import { useDesk, useDeskState, useLink, useSelect } from "../app/hooks.ts";
import { goAtOnce, usePlace } from "../app/route.ts";
import { BoardArea } from "../board/BoardArea.tsx";
import { ringOf, useRinging } from "../ring/useRinging.ts";
import { Alarms } from "./Alarms.tsx";
import { Announcer } from "./Announcer.tsx";
import { Header } from "./Header.tsx";
import { LinkBanner } from "./LinkBanner.tsx";
import { LinkDialogs } from "./LinkDialogs.tsx";
import { NoticeList } from "./NoticeList.tsx";
import { QueueStrip } from "./QueueStrip.tsx";
import { SidePanel } from "./SidePanel.tsx";
import { Stage } from "./Stage.tsx";
import { StatusBar } from "./StatusBar.tsx";
import "./desk.css";

export function DeskPage({ opened }: { readonly opened: boolean }) {
  return (
    <>
      {opened && <Desk />}
      <LinkDialogs />
    </>
  );
}

function Desk() {
  const online = useLink((view) => view.status === "online");
  const { page } = usePlace();
  useDeskForCalls();
  return (
    <div className="desk" data-testid="desk" data-online={online}>
      <Header />
      <main className="desk-main">
        <StatusBar />
        {page === "desk" ? <Columns /> : <BoardArea />}
      </main>
      <Ringing />
      <Announcer />
      <LinkBanner />
      <div className="notices">
        <Alarms />
        <NoticeList />
      </div>
    </div>
  );
}

function Columns() {
  return (
    <div className="desk-columns">
      <div className="desk-column">
        <Stage />
        <QueueStrip />
      </div>
      <SidePanel />
    </div>
  );
}

/** A call of one's own is answered at the desk, whatever page is open. */
function useDeskForCalls(): void {
  const engaged = useDeskState(
    (state) =>
      state.offer?.id ??
      state.callback?.id ??
      state.voicemail?.id ??
      state.consultation?.call_id ??
      state.call?.id ??
      null,
  );
  useEffect(() => {
    if (engaged !== null) goAtOnce("desk");
  }, [engaged]);
}

function Ringing() {
  const offer = useDeskState((state) => state.offer);
  const consultation = useDeskState((state) => state.consultation);
  const ring = useMemo(() => ringOf(offer, consultation), [offer, consultation]);
  const notify = useSelect(useDesk().desk.personal, (personal) => personal.preferences.notifications);
  useRinging(ring, notify);
  return null;
}

import { useDesk, useDeskState, useLink, useSelect } from "../app/hooks.ts";
import { useRinging } from "../ring/useRinging.ts";
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
  return (
    <div className="desk" data-testid="desk" data-online={online}>
      <Header />
      <main className="desk-main">
        <StatusBar />
        <div className="desk-columns">
          <div className="desk-column">
            <Stage />
            <QueueStrip />
          </div>
          <SidePanel />
        </div>
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

function Ringing() {
  const offer = useDeskState((state) => state.offer);
  const notify = useSelect(useDesk().desk.personal, (personal) => personal.preferences.notifications);
  useRinging(offer, notify);
  return null;
}

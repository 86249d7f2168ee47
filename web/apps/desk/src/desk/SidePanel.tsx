import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { CallbackList } from "../callbacks/CallbackList.tsx";
import { MessageList } from "../messages/MessageList.tsx";
import { History } from "./History.tsx";
import { Team } from "./Team.tsx";
import "./side.css";

/** The agent's own calls, what was promised, and what callers left; before them the team, for those whom the server shows it. */
export function SidePanel() {
  const { t } = useTranslation();
  const supervises = useDeskState((state) => state.team.length > 0);
  return (
    <aside className="side card" aria-label={t("side.label")}>
      <Tabs className="side-tabs" key={String(supervises)}>
        <TabList className="side-tab-list" aria-label={t("side.label")}>
          {supervises && (
            <Tab id="team" className="side-tab">
              {t("team.title")}
            </Tab>
          )}
          <Tab id="history" className="side-tab">
            {t("history.title")}
          </Tab>
          <Tab id="callbacks" className="side-tab">
            {t("callbacks.title")}
          </Tab>
          <MessageTab />
        </TabList>
        {supervises && (
          <TabPanel id="team" className="side-panel">
            <Team />
          </TabPanel>
        )}
        <TabPanel id="history" className="side-panel">
          <History />
        </TabPanel>
        <TabPanel id="callbacks" className="side-panel">
          <CallbackList />
        </TabPanel>
        <TabPanel id="messages" className="side-panel">
          <MessageList />
        </TabPanel>
      </Tabs>
    </aside>
  );
}

/** How many messages nobody takes care of yet. */
function MessageTab() {
  const { t } = useTranslation();
  const open = useDeskState((state) => Object.values(state.queues).reduce((sum, queue) => sum + queue.messages, 0));
  const late = useDeskState((state) => Object.values(state.queues).some((queue) => queue.messages_overdue > 0));
  return (
    <Tab id="messages" className="side-tab">
      <span>
        {t("messages.title")}
        {open > 0 && (
          <>
            <span aria-hidden="true" className="side-count" data-late={late} data-testid="messages-open">
              {open}
            </span>
            <span className="visually-hidden"> {t("messages.to_take", { count: open })}</span>
          </>
        )}
      </span>
    </Tab>
  );
}

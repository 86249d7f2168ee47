import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { CallbackList } from "../callbacks/CallbackList.tsx";
import { History } from "./History.tsx";
import { Team } from "./Team.tsx";
import "./side.css";

/** The agent's own calls and what was promised; before them the team, for those whom the server shows it. */
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
      </Tabs>
    </aside>
  );
}

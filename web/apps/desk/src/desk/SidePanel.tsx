import { Tab, TabList, TabPanel, Tabs } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDeskState } from "../app/hooks.ts";
import { History } from "./History.tsx";
import { Team } from "./Team.tsx";
import "./side.css";

/** The agent's own calls; beside them the team, for those whom the server shows it. */
export function SidePanel() {
  const { t } = useTranslation();
  const supervises = useDeskState((state) => state.team.length > 0);
  if (!supervises) {
    return (
      <aside className="side card" aria-label={t("history.title")}>
        <History />
      </aside>
    );
  }
  return (
    <aside className="side card" aria-label={t("team.title")}>
      <Tabs className="side-tabs">
        <TabList className="side-tab-list" aria-label={t("team.title")}>
          <Tab id="team" className="side-tab">
            {t("team.title")}
          </Tab>
          <Tab id="history" className="side-tab">
            {t("history.title")}
          </Tab>
        </TabList>
        <TabPanel id="team" className="side-panel">
          <Team />
        </TabPanel>
        <TabPanel id="history" className="side-panel">
          <History />
        </TabPanel>
      </Tabs>
    </aside>
  );
}

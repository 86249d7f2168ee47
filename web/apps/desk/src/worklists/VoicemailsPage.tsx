import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type LeftMessage } from "../app/api.ts";
import { useDeskState } from "../app/hooks.ts";
import { useMayChange } from "../app/permissions.ts";
import { usePlace } from "../app/route.ts";
import { FinishDialog } from "../messages/FinishDialog.tsx";
import { AssignDialog } from "./AssignDialog.tsx";
import { useWorkActs } from "./acts.ts";
import { type Company, useCompanies, useDirectories } from "./companies.ts";
import { EraseDialog } from "./EraseDialog.tsx";
import { Choice, chosenOf, Whose } from "./Filters.tsx";
import { type Of, type ReadPage, useWorklist } from "./useWorklist.ts";
import { VoicemailRow } from "./VoicemailRow.tsx";
import { WorkPage } from "./WorkPage.tsx";

const STATES = ["new", "offered", "taken"] as const;
const PERMISSIONS = ["voicemail.work", "voicemail.work_own"];
const NONE: readonly Company[] = [];

interface Doing {
  readonly what: "assign" | "finish" | "erase";
  readonly item: Of<LeftMessage>;
}

/** Messages that callers left and that are not done, of all companies that one may hear. */
export function VoicemailsPage() {
  const { t } = useTranslation();
  const { query } = usePlace();
  const { queue = "", agent = "", state = "", client = "" } = query;
  const all = useCompanies(PERMISSIONS) ?? NONE;
  const companies = useMemo(() => chosenOf(all, client), [all, client]);
  const read: ReadPage<LeftMessage> = useCallback(
    (cursor, headers) => {
      const told = { queue_id: queue, agent_id: agent, state, cursor: cursor ?? "" };
      const wanted = Object.fromEntries(Object.entries(told).filter(([, one]) => one !== ""));
      return api.GET("/v1/voicemails", { params: { query: wanted as never }, headers });
    },
    [queue, agent, state],
  );
  const list = useWorklist(companies, read);
  const directories = useDirectories(all);
  const acts = useWorkActs(list.reload);
  const onCall = useDeskState((desk) => desk.call !== null);
  const mayErase = useMayChange("privacy.erase") === true;
  const [doing, setDoing] = useState<Doing | null>(null);
  const [playing, setPlaying] = useState<string | null>(null);
  const close = () => setDoing(null);
  const states = [
    { value: "", words: t("worklists.voicemails.any_state") },
    ...STATES.map((value) => ({ value, words: t(`worklists.voicemails.state.${value}`) })),
  ];
  return (
    <>
      <WorkPage
        name="voicemails"
        list={list}
        narrowed={queue !== "" || agent !== "" || state !== ""}
        told={acts.told}
        heads={["number", "queue", "left", "length", "state", "owner", "acts"]}
        filters={
          <>
            <Whose page="voicemails" companies={all} directories={directories} people />
            <Choice label={t("worklists.heads.state")} name="state" page="voicemails" options={states} />
          </>
        }
      >
        {list.items.map((item) => (
          <VoicemailRow
            key={item.id}
            item={item}
            directory={directories.get(item.company.id)}
            several={all.length > 1}
            onCall={onCall}
            isPlaying={playing === item.id}
            onPlay={(open) => setPlaying(open ? item.id : null)}
            onAssign={() => setDoing({ what: "assign", item })}
            acts={acts}
            onFinish={() => setDoing({ what: "finish", item })}
            onErase={mayErase && item.company.client === null ? () => setDoing({ what: "erase", item }) : null}
          />
        ))}
      </WorkPage>
      {doing?.what === "assign" && (
        <AssignDialog
          item={doing.item}
          directory={directories.get(doing.item.company.id)}
          acts={acts}
          onClose={close}
        />
      )}
      {doing?.what === "erase" && (
        <EraseDialog number={doing.item.number} onErase={() => acts.erase(doing.item)} onClose={close} />
      )}
      {doing?.what === "finish" && (
        <FinishDialog number={doing.item.number} onFinish={(done) => acts.finish(doing.item, done)} onClose={close} />
      )}
    </>
  );
}

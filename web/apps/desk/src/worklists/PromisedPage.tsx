import { Plus } from "lucide-react";
import { useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { api, type EndedCallback, type PromisedCallback } from "../app/api.ts";
import { usePlace } from "../app/route.ts";
import { PromiseDialog } from "../callbacks/PromiseDialog.tsx";
import { phoneWords } from "../i18n/format.ts";
import { Button } from "../ui/Button.tsx";
import { useWorkActs } from "./acts.ts";
import { CancelDialog } from "./CancelDialog.tsx";
import type { Company } from "./companies.ts";
import { useCompanies, useDirectories } from "./companies.ts";
import { EndedRow } from "./EndedRow.tsx";
import { Choice, chosenOf, Whose } from "./Filters.tsx";
import { MoveDialog } from "./MoveDialog.tsx";
import { PromisedRow } from "./PromisedRow.tsx";
import { type Of, type ReadPage, useWorklist } from "./useWorklist.ts";
import { WorkPage } from "./WorkPage.tsx";

const STATES = ["scheduled", "waiting", "reserved", "dialling", "answered", "connected"] as const;
const OUTCOMES = ["completed", "returned", "machine", "exhausted", "expired", "cancelled", "refused"] as const;
const PERMISSIONS = ["callbacks.read"];
const NONE: readonly Company[] = [];

const filled = (told: Record<string, string>) => Object.fromEntries(Object.entries(told).filter(([, one]) => one));

/** What customers are promised: those that are open, or, where the address says so, what became of the others. */
export function PromisedPage() {
  const { query } = usePlace();
  const found = useCompanies(PERMISSIONS) ?? NONE;
  const client = query.client ?? "";
  const companies = useMemo(() => chosenOf(found, client), [found, client]);
  const page = { all: found, companies };
  return query.state === "ended" ? <Ended {...page} /> : <Open {...page} />;
}

interface ListProps {
  readonly all: readonly Company[];
  readonly companies: readonly Company[];
}

function StateChoice() {
  const { t } = useTranslation();
  const options = [
    { value: "", words: t("worklists.promised.open") },
    ...STATES.map((value) => ({ value, words: t(`callbacks.state.${value}`) })),
    { value: "ended", words: t("worklists.promised.ended") },
  ];
  return <Choice label={t("worklists.state")} name="state" page="promised" options={options} />;
}

interface Doing {
  readonly what: "move" | "cancel" | "promise";
  readonly item?: Of<PromisedCallback>;
}

function Open({ all, companies }: ListProps) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const { queue = "", agent = "", state = "" } = query;
  const read: ReadPage<PromisedCallback> = useCallback(
    (cursor, headers) => {
      const wanted = filled({ queue_id: queue, agent_id: agent, state, cursor: cursor ?? "" });
      return api.GET("/v1/callbacks", { params: { query: wanted as never }, headers });
    },
    [queue, agent, state],
  );
  const list = useWorklist(companies, read);
  const directories = useDirectories(all);
  const acts = useWorkActs(list.reload);
  const [doing, setDoing] = useState<Doing | null>(null);
  const close = () => setDoing(null);
  const own = all[0];
  const ofItem = doing?.item === undefined ? undefined : directories.get(doing.item.company.id);
  return (
    <>
      <WorkPage
        name="promised"
        list={list}
        narrowed={queue !== "" || agent !== "" || state !== ""}
        told={acts.told}
        heads={["number", "queue", "state", "when", "owner", "attempts", "acts"]}
        filters={
          <>
            <Whose page="promised" companies={all} directories={directories} people />
            <StateChoice />
          </>
        }
        action={
          <Button size="small" icon={Plus} onPress={() => setDoing({ what: "promise" })}>
            {t("callbacks.promise")}
          </Button>
        }
      >
        {list.items.map((item) => (
          <PromisedRow
            key={item.id}
            item={item}
            directory={directories.get(item.company.id)}
            several={all.length > 1}
            onRing={() => void acts.ring(item)}
            onMove={() => setDoing({ what: "move", item })}
            onCancel={() => setDoing({ what: "cancel", item })}
          />
        ))}
      </WorkPage>
      {doing?.what === "move" && doing.item !== undefined && (
        <MoveDialog item={doing.item} directory={ofItem} acts={acts} onClose={close} />
      )}
      {doing?.what === "cancel" && doing.item !== undefined && (
        <CancelDialog
          number={phoneWords(doing.item.number)}
          onClose={close}
          onCancel={(reason) => acts.cancel(doing.item as Of<PromisedCallback>, reason)}
        />
      )}
      {doing?.what === "promise" && own !== undefined && (
        <PromiseDialog promise={acts.promise} queues={directories.get(own.id)?.queues ?? []} onClose={close} />
      )}
    </>
  );
}

function Ended({ all, companies }: ListProps) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const { queue = "", outcome = "" } = query;
  const read: ReadPage<EndedCallback> = useCallback(
    (cursor, headers) => {
      const wanted = filled({ queue_id: queue, outcome, cursor: cursor ?? "" });
      return api.GET("/v1/callbacks/ended", { params: { query: wanted as never }, headers });
    },
    [queue, outcome],
  );
  const list = useWorklist(companies, read);
  const directories = useDirectories(all);
  const outcomes = [
    { value: "", words: t("worklists.promised.any_outcome") },
    ...OUTCOMES.map((value) => ({ value, words: t(`worklists.outcome.${value}`) })),
  ];
  return (
    <WorkPage
      name="promised"
      list={list}
      narrowed={queue !== "" || outcome !== ""}
      told=""
      heads={["number", "queue", "asked", "outcome", "by"]}
      filters={
        <>
          <Whose page="promised" companies={all} directories={directories} />
          <StateChoice />
          <Choice label={t("worklists.heads.outcome")} name="outcome" page="promised" options={outcomes} />
        </>
      }
    >
      {list.items.map((item) => (
        <EndedRow key={item.id} item={item} directory={directories.get(item.company.id)} several={all.length > 1} />
      ))}
    </WorkPage>
  );
}

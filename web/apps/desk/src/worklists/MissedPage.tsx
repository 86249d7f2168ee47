import { CalendarClock } from "lucide-react";
import { useCallback, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { api, type MissedCalls } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { usePlace } from "../app/route.ts";
import { clockTime, dayAndTime, phoneWords } from "../i18n/format.ts";
import { IconButton } from "../ui/Button.tsx";
import { useWorkActs } from "./acts.ts";
import { NumberCell, queueName } from "./Cells.tsx";
import { type Company, type Directory, useCompanies, useDirectories } from "./companies.ts";
import { chosenOf, Whose } from "./Filters.tsx";
import { type Of, type ReadPage, useWorklist } from "./useWorklist.ts";
import { WorkPage } from "./WorkPage.tsx";

const PERMISSIONS = ["voicemail.work", "voicemail.work_own"];
const NONE: readonly Company[] = [];

/** Who called in vain and was not spoken with since; the longest unanswered first. */
export function MissedPage() {
  const { query } = usePlace();
  const { queue = "", client = "" } = query;
  const all = useCompanies(PERMISSIONS) ?? NONE;
  const companies = useMemo(() => chosenOf(all, client), [all, client]);
  const read: ReadPage<MissedCalls> = useCallback(
    (_cursor, headers) =>
      api.GET("/v1/missed-calls", { params: { query: queue === "" ? {} : { queue_id: queue } }, headers }),
    [queue],
  );
  const list = useWorklist(companies, read);
  const directories = useDirectories(all);
  const acts = useWorkActs(list.reload);
  return (
    <WorkPage
      name="missed"
      list={list}
      narrowed={queue !== ""}
      told={acts.told}
      heads={["number", "queue", "last", "times", "waited", "tried", "acts"]}
      filters={<Whose page="missed" companies={all} directories={directories} />}
    >
      {list.items.map((item) => (
        <Row
          key={`${item.company.id} ${item.number}`}
          item={item}
          directory={directories.get(item.company.id)}
          several={all.length > 1}
          onPromise={(queue_id) =>
            void acts.promise({ queue_id, number: item.number, due: null, agent_id: null }, item.company)
          }
        />
      ))}
    </WorkPage>
  );
}

interface RowProps {
  readonly item: Of<MissedCalls>;
  readonly directory: Directory | undefined;
  readonly several: boolean;
  readonly onPromise: (queue: string) => void;
}

function Row({ item, directory, several, onPromise }: RowProps) {
  const { t } = useTranslation();
  const reading = useReading();
  const queue = item.queue_id;
  return (
    <tr data-testid="missed-row">
      <NumberCell number={item.number} company={item.company} several={several} />
      <td>{queueName(directory, queue) ?? t("worklists.missed.no_queue")}</td>
      <td>
        <time dateTime={item.last_at}>{dayAndTime(item.last_at, reading)}</time>
      </td>
      <td>{item.times}</td>
      <td>{clockTime(item.longest_wait_seconds)}</td>
      <td>
        {item.tried}
        {item.last_tried_at !== null && (
          <span className="work-note">
            <time dateTime={item.last_tried_at}>{dayAndTime(item.last_tried_at, reading)}</time>
          </span>
        )}
      </td>
      <td>
        <span className="work-acts">
          {queue !== null && (
            <IconButton
              label={t("worklists.missed.promise", { number: phoneWords(item.number) })}
              icon={CalendarClock}
              onPress={() => onPromise(queue)}
            />
          )}
        </span>
      </td>
    </tr>
  );
}

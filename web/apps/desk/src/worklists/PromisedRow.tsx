import { CalendarCog, PhoneOutgoing, X } from "lucide-react";
import { useTranslation } from "react-i18next";
import type { PromisedCallback } from "../app/api.ts";
import { useReading } from "../app/hooks.ts";
import { dayAndTime, phoneWords } from "../i18n/format.ts";
import { IconButton } from "../ui/Button.tsx";
import { Elapsed } from "../ui/Times.tsx";
import { NumberCell, Person, queueName } from "./Cells.tsx";
import type { Directory } from "./companies.ts";
import type { Of } from "./useWorklist.ts";

const ON_THE_LINE: readonly string[] = ["answered", "connected"];
const UNDER_WAY: readonly string[] = ["dialling", ...ON_THE_LINE];

interface PromisedRowProps {
  readonly item: Of<PromisedCallback>;
  readonly directory: Directory | undefined;
  readonly several: boolean;
  readonly onRing: () => void;
  readonly onMove: () => void;
  readonly onCancel: () => void;
}

/** One that is open: where it stands, whose it is, and what can still be done with it. */
export function PromisedRow({ item, directory, several, onRing, onMove, onCancel }: PromisedRowProps) {
  const { t } = useTranslation();
  const reading = useReading();
  const number = phoneWords(item.number);
  const moves = !UNDER_WAY.includes(item.state);
  return (
    <tr data-testid="promised-row" data-state={item.state}>
      <NumberCell number={item.number} company={item.company} several={several} />
      <td>{queueName(directory, item.queue_id) ?? t("worklists.unknown")}</td>
      <td className="work-state">{t(`callbacks.state.${item.state}`)}</td>
      <td>
        {item.due === null ? (
          <Elapsed since={item.since} label={t("worklists.waits_since")} />
        ) : (
          <time dateTime={item.due}>{dayAndTime(item.due, reading)}</time>
        )}
      </td>
      <td>
        <Owner item={item} directory={directory} />
      </td>
      <td>
        {item.attempts}
        {item.last !== null && <span className="work-note">{t(`worklists.attempt.${item.last}`)}</span>}
      </td>
      <td>
        <span className="work-acts">
          {item.state === "scheduled" && (
            <IconButton label={t("worklists.ring", { number })} icon={PhoneOutgoing} onPress={onRing} />
          )}
          {moves && <IconButton label={t("worklists.move", { number })} icon={CalendarCog} onPress={onMove} />}
          {!ON_THE_LINE.includes(item.state) && (
            <IconButton label={t("callbacks.cancel", { number })} icon={X} onPress={onCancel} />
          )}
        </span>
      </td>
    </tr>
  );
}

/** Who has it now goes before whose it is. */
function Owner({ item, directory }: { readonly item: PromisedCallback; readonly directory: Directory | undefined }) {
  const { t } = useTranslation();
  const id = item.taker_id ?? item.agent_id;
  if (id === null) return <span className="muted">{t("worklists.anybody")}</span>;
  return <Person directory={directory} id={id} />;
}

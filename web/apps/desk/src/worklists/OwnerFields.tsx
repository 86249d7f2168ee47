import { useTranslation } from "react-i18next";
import type { Directory } from "./companies.ts";

interface OwnerFieldsProps {
  readonly directory: Directory | undefined;
  readonly queue: string;
  /** "" is anybody of the queue. */
  readonly owner: string;
  readonly onQueue: (queue: string) => void;
  readonly onOwner: (owner: string) => void;
}

/** Whose it shall be: a queue, and of its agents one or anybody. */
export function OwnerFields({ directory, queue, owner, onQueue, onOwner }: OwnerFieldsProps) {
  const { t } = useTranslation();
  const queues = directory?.queues ?? [];
  const agents = queues.find(({ id }) => id === queue)?.agents ?? [];
  const listed = agents.map((id) => ({ id, name: directory?.people.get(id) ?? t("alerts.colleague") }));
  listed.sort((a, b) => a.name.localeCompare(b.name));
  return (
    <>
      <label className="field">
        {t("board.queue")}
        <select
          value={queue}
          onChange={({ target }) => {
            onQueue(target.value);
            onOwner("");
          }}
        >
          {queues.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {!queues.some(({ id }) => id === queue) && <option value={queue}>{t("worklists.unknown")}</option>}
        </select>
      </label>
      <label className="field">
        {t("worklists.owner")}
        <select value={owner} onChange={({ target }) => onOwner(target.value)}>
          <option value="">{t("worklists.anybody")}</option>
          {listed.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
          {owner !== "" && !agents.includes(owner) && <option value={owner}>{t("alerts.colleague")}</option>}
        </select>
      </label>
    </>
  );
}

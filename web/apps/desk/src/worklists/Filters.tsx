import { useTranslation } from "react-i18next";
import { go, usePlace } from "../app/route.ts";
import type { Company, Directory } from "./companies.ts";
import type { WorkPageName } from "./WorkPage.tsx";

interface Option {
  readonly value: string;
  readonly words: string;
}

interface ChoiceProps {
  readonly label: string;
  readonly name: string;
  readonly page: WorkPageName;
  /** The first one leaves nothing out. */
  readonly options: readonly Option[];
}

/** A filter that stands in the address; what is not among the choices stays shown until another one is chosen. */
export function Choice({ label, name, page, options }: ChoiceProps) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const value = query[name] ?? "";
  const known = options.some((one) => one.value === value);
  return (
    <label>
      <span className="visually-hidden">{label}</span>
      <select className="choice" value={value} onChange={({ target }) => go(page, { ...query, [name]: target.value })}>
        {options.map(({ value: one, words }) => (
          <option key={one} value={one}>
            {words}
          </option>
        ))}
        {!known && <option value={value}>{t("worklists.unknown")}</option>}
      </select>
    </label>
  );
}

interface WhoseProps {
  readonly page: WorkPageName;
  readonly companies: readonly Company[];
  readonly directories: ReadonlyMap<string, Directory>;
  readonly people?: boolean;
}

/** Company, queue and, where it matters, whose it is: names of clients are told where there are clients. */
export function Whose({ page, companies, directories, people = false }: WhoseProps) {
  const { t } = useTranslation();
  const { query } = usePlace();
  const several = companies.length > 1;
  const shown = companies.filter(({ id }) => (query.client ?? "") === "" || id === query.client);
  const queues = shown.flatMap((company) =>
    (directories.get(company.id)?.queues ?? []).map(({ id, name }) => ({
      value: id,
      words: shown.length > 1 ? `${name} · ${company.name}` : name,
    })),
  );
  const persons = new Map(shown.flatMap(({ id }) => [...(directories.get(id)?.people ?? [])]));
  const named = [...persons].map(([value, words]) => ({ value, words }));
  named.sort((a, b) => a.words.localeCompare(b.words));
  return (
    <>
      {several && (
        <Choice
          label={t("worklists.company")}
          name="client"
          page={page}
          options={[
            { value: "", words: t("worklists.all_companies") },
            ...companies.map(({ id, name }) => ({ value: id, words: name })),
          ]}
        />
      )}
      <Choice
        label={t("board.queue")}
        name="queue"
        page={page}
        options={[{ value: "", words: t("alerts.all_queues") }, ...queues]}
      />
      {people && (
        <Choice
          label={t("worklists.owner")}
          name="agent"
          page={page}
          options={[{ value: "", words: t("worklists.anybody_s") }, ...named]}
        />
      )}
    </>
  );
}

/** The companies that the address asks for. */
export function chosenOf(companies: readonly Company[], client: string): readonly Company[] {
  return client === "" ? companies : companies.filter(({ id }) => id === client);
}

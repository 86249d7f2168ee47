import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { PhoneNumber } from "../ui/PhoneNumber.tsx";
import type { Company, Directory } from "./companies.ts";

interface WhatProps {
  readonly number: string | null;
  /** Whether a missing number was erased; else the caller withheld it. */
  readonly erased?: boolean;
  readonly company: Company;
  /** Whether there are several companies, so that each is named. */
  readonly several: boolean;
}

/** A row's head: the customer's number, and whose customer it is. */
export function NumberCell({ number, erased = false, company, several }: WhatProps) {
  const { t } = useTranslation();
  return (
    <th scope="row">
      {number === null && erased ? t("worklists.erased") : <PhoneNumber number={number} />}
      {several && <span className="work-company">{company.name}</span>}
    </th>
  );
}

/** A queue that is gone, or that one may not see, has no name. */
export function queueName(directory: Directory | undefined, id: string | null): string | null {
  return directory?.queues.find((one) => one.id === id)?.name ?? null;
}

export function Person({ directory, id }: { readonly directory: Directory | undefined; readonly id: string }) {
  const { t } = useTranslation();
  const { session } = useDesk();
  if (id === session.user.id) return t("alerts.you");
  return directory?.people.get(id) ?? t("alerts.colleague");
}

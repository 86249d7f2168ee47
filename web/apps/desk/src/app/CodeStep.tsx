import { ShieldCheck } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { CodeField } from "../ui/CodeField.tsx";
import type { Session } from "./api.ts";
import type { SessionKeeper } from "./session.ts";

export interface SecondStepProps {
  readonly keeper: SessionKeeper;
  readonly ticket: string;
  readonly onProved: (session: Session, codes: readonly string[]) => void;
  /** The log-in has to begin anew. */
  readonly onOver: (problem: Problem) => void;
}

export const ENDS_LOG_IN = new Set(["ticket_ended", "second_factor_off"]);

export function CodeStep({ keeper, ticket, onProved, onOver }: SecondStepProps) {
  const { t } = useTranslation();
  const [recovery, setRecovery] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (working) return;
    const code = String(new FormData(event.currentTarget).get("code")).trim();
    setWorking(true);
    setProblem(null);
    const answer = await keeper.prove(ticket, recovery ? { recovery_code: code } : { code });
    setWorking(false);
    if ("session" in answer) onProved(answer.session, answer.codes);
    else if (ENDS_LOG_IN.has(answer.code)) onOver(answer);
    else setProblem(answer);
  }

  return (
    <Form className="login-form" onSubmit={(event) => void submit(event)}>
      <CodeField recovery={recovery} autoFocus />
      <div role="alert" className="login-alert">
        {problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}
      </div>
      <Button type="submit" kind="primary" size="large" icon={ShieldCheck} fill>
        {working ? t("login.working") : t("second_factor.go_on")}
      </Button>
      <Button kind="quiet" onPress={() => setRecovery(!recovery)}>
        {recovery ? t("second_factor.use_code") : t("second_factor.use_recovery")}
      </Button>
    </Form>
  );
}

import { KeyRound, LogIn } from "lucide-react";
import { type FormEvent, useEffect, useState } from "react";
import { FieldError, Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PasswordField } from "../ui/PasswordField.tsx";
import type { SignOnChoice } from "./api.ts";
import type { SessionKeeper } from "./session.ts";

interface PasswordStepProps {
  readonly keeper: SessionKeeper;
  /** Why a former attempt came back here. */
  readonly problem: Problem | null;
  /** Whether the log-in goes on with another step. */
  readonly onTicket: (problem: Problem) => boolean;
}

const PAUSE_MS = 400; // of typing, before the server is asked about the domain

export function PasswordStep({ keeper, problem: former, onTicket }: PasswordStepProps) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState(former);
  const [working, setWorking] = useState(false);
  const [email, setEmail] = useState("");
  const choices = useSignOns(keeper, email);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (working) return;
    const data = new FormData(event.currentTarget);
    setWorking(true);
    setProblem(null);
    const refused = await keeper.logIn(email.trim(), String(data.get("password")));
    setWorking(false);
    if (refused === null || !onTicket(refused)) setProblem(refused);
  }

  return (
    <>
      <Form className="login-form" onSubmit={(event) => void submit(event)}>
        <TextField
          className="field"
          name="email"
          type="email"
          autoComplete="username"
          isRequired
          autoFocus
          value={email}
          onChange={setEmail}
        >
          <Label>{t("login.email")}</Label>
          <Input />
          <FieldError className="field-error">{t("login.email_missing")}</FieldError>
        </TextField>
        <PasswordField name="password" label={t("login.password")} autoComplete="current-password" />
        <div role="alert" className="login-alert">
          {problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}
        </div>
        <Button type="submit" kind="primary" size="large" icon={LogIn} fill>
          {working ? t("login.working") : t("login.submit")}
        </Button>
      </Form>
      <div className="login-other" aria-live="polite">
        {choices.length > 0 && <p className="login-or">{t("login.or")}</p>}
        {choices.map(({ id, name, start }) => (
          <a key={id} className="login-sign-on" href={start}>
            <KeyRound aria-hidden />
            {t("login.sign_on", { name })}
          </a>
        ))}
      </div>
    </>
  );
}

/** What the e-mail's domain offers, asked once typing pauses. */
function useSignOns(keeper: SessionKeeper, email: string): readonly SignOnChoice[] {
  const domain = email.trim().slice(email.trim().lastIndexOf("@"));
  const [found, setFound] = useState<{ domain: string; choices: readonly SignOnChoice[] }>({ domain: "", choices: [] });
  useEffect(() => {
    let current = true;
    const timer = setTimeout(async () => {
      const choices = await keeper.signOns(domain);
      if (current) setFound({ domain, choices });
    }, PAUSE_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [keeper, domain]);
  return found.domain === domain ? found.choices : [];
}

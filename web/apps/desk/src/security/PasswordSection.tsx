import { Check } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { api } from "../app/api.ts";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { PasswordField } from "../ui/PasswordField.tsx";
import { ask } from "./useAnswer.ts";

const SHORTEST = 12; // as the server asks

export function PasswordSection() {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [done, setDone] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const body = { old_password: String(data.get("old")), new_password: String(data.get("new")) };
    setDone(false);
    const asked = await ask(api.POST("/v1/session/password", { body }));
    setProblem(asked.problem);
    setDone(asked.problem === null);
    if (asked.problem === null) form.reset();
  }

  return (
    <section aria-labelledby="security-password">
      <h3 id="security-password">{t("security.password")}</h3>
      <p className="muted">{t("security.password_hint")}</p>
      <Form className="security-form" onSubmit={(event) => void submit(event)}>
        <PasswordField name="old" label={t("security.old_password")} autoComplete="current-password" />
        <PasswordField name="new" label={t("security.new_password")} autoComplete="new-password" minLength={SHORTEST} />
        <div role="status">
          {problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}
          {done && <p className="security-done">{t("security.password_changed")}</p>}
        </div>
        <Button type="submit" icon={Check}>
          {t("security.change_password")}
        </Button>
      </Form>
    </section>
  );
}

import { Eye, EyeOff, LogIn } from "lucide-react";
import { type FormEvent, useState } from "react";
import { FieldError, Form, Input, Label, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { BrandMark } from "../ui/BrandMark.tsx";
import { Button, IconButton } from "../ui/Button.tsx";
import type { SessionKeeper } from "./session.ts";
import "./login.css";

interface LoginPageProps {
  readonly keeper: SessionKeeper;
  readonly ended: boolean;
}

export function LoginPage({ keeper, ended }: LoginPageProps) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);
  const [working, setWorking] = useState(false);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    if (working) return;
    const data = new FormData(event.currentTarget);
    setWorking(true);
    setProblem(null);
    const refused = await keeper.logIn(String(data.get("email")).trim(), String(data.get("password")));
    setWorking(false);
    setProblem(refused);
  }

  return (
    <main className="full-page login">
      <div className="login-card card">
        <header>
          <BrandMark size={44} />
          <p className="login-product">{t("product")}</p>
        </header>
        <h1>{t("login.title")}</h1>
        {ended && problem === null && <p className="login-note">{t("login.ended")}</p>}
        <Form className="login-form" onSubmit={(event) => void submit(event)}>
          <TextField className="field" name="email" type="email" autoComplete="username" isRequired autoFocus>
            <Label>{t("login.email")}</Label>
            <Input />
            <FieldError className="field-error">{t("login.email_missing")}</FieldError>
          </TextField>
          <PasswordField />
          <div role="alert" className="login-alert">
            {problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}
          </div>
          <Button type="submit" kind="primary" size="large" icon={LogIn} fill>
            {working ? t("login.working") : t("login.submit")}
          </Button>
        </Form>
      </div>
    </main>
  );
}

function PasswordField() {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <TextField
      className="field"
      name="password"
      type={shown ? "text" : "password"}
      autoComplete="current-password"
      isRequired
    >
      <Label>{t("login.password")}</Label>
      <div className="login-password">
        <Input />
        <IconButton
          label={shown ? t("login.hide_password") : t("login.show_password")}
          icon={shown ? EyeOff : Eye}
          size="small"
          onPress={() => setShown(!shown)}
        />
      </div>
      <FieldError className="field-error">{t("login.password_missing")}</FieldError>
    </TextField>
  );
}

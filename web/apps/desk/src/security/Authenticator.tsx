import { ShieldCheck } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import type { Enrolment } from "../app/api.ts";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { CodeField } from "../ui/CodeField.tsx";
import "./security.css";

interface AuthenticatorProps {
  readonly enrolment: Enrolment;
  /** Null when the code was right. */
  readonly onCode: (code: string) => Promise<Problem | null>;
}

/** The QR code to scan, the same as text, and the first code as a proof that it was scanned. */
export function Authenticator({ enrolment, onCode }: AuthenticatorProps) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    setProblem(null);
    setProblem(await onCode(String(new FormData(event.currentTarget).get("code")).trim()));
  }

  return (
    <Form className="authenticator" onSubmit={(event) => void submit(event)}>
      <p>{t("second_factor.scan")}</p>
      <img
        className="authenticator-qr"
        src={`data:image/svg+xml,${encodeURIComponent(enrolment.qr_svg)}`}
        alt={t("second_factor.qr")}
      />
      <p>
        {t("second_factor.or_type")}
        <code className="authenticator-secret">{enrolment.secret.replaceAll(/(.{4})(?=.)/g, "$1 ")}</code>
      </p>
      <CodeField />
      <div role="alert">{problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}</div>
      <Button type="submit" kind="primary" icon={ShieldCheck}>
        {t("second_factor.confirm")}
      </Button>
    </Form>
  );
}

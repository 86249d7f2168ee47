import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Authenticator } from "../security/Authenticator.tsx";
import type { Enrolment } from "./api.ts";
import { ENDS_LOG_IN, type SecondStepProps } from "./CodeStep.tsx";

/** The tenant asks for a second factor: it is set up before the first session. */
export function EnrolStep({ keeper, ticket, onProved, onOver }: SecondStepProps) {
  const { t } = useTranslation();
  const [enrolment, setEnrolment] = useState<Enrolment | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    let current = true;
    void keeper.enrol(ticket).then((answer) => {
      if (!current) return;
      if ("secret" in answer) setEnrolment(answer);
      else setProblem(answer);
    });
    return () => {
      current = false;
    };
  }, [keeper, ticket]);

  async function confirm(code: string): Promise<Problem | null> {
    const answer = await keeper.prove(ticket, { code });
    if ("session" in answer) {
      onProved(answer.session, answer.codes);
      return null;
    }
    if (!ENDS_LOG_IN.has(answer.code)) return answer;
    onOver(answer);
    return null;
  }

  return (
    <div className="login-form">
      <p className="muted">{t("second_factor.asked_for")}</p>
      {problem !== null && (
        <p role="alert" className="field-error">
          {problemWords(t, problem)}
        </p>
      )}
      {enrolment !== null && <Authenticator enrolment={enrolment} onCode={confirm} />}
    </div>
  );
}

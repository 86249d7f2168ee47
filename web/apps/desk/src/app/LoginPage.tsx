import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../link/protocol.ts";
import { RecoveryCodes } from "../security/RecoveryCodes.tsx";
import { BrandMark } from "../ui/BrandMark.tsx";
import type { Session } from "./api.ts";
import { CodeStep } from "./CodeStep.tsx";
import { EnrolStep } from "./EnrolStep.tsx";
import { PasswordStep } from "./PasswordStep.tsx";
import { hasTicket, type SessionKeeper } from "./session.ts";
import "./login.css";

interface LoginPageProps {
  readonly keeper: SessionKeeper;
  readonly ended: boolean;
}

type Step =
  | { readonly name: "password"; readonly problem: Problem | null }
  | { readonly name: "code" | "enrol"; readonly ticket: string }
  | { readonly name: "codes"; readonly session: Session; readonly codes: readonly string[] };

/** A sign-on that failed comes back to this page with its reason in the address. */
function reasonInAddress(): Problem | null {
  const code = new URLSearchParams(window.location.search).get("problem");
  return code === null || !/^\w{1,40}$/.test(code) ? null : { code };
}

export function LoginPage({ keeper, ended }: LoginPageProps) {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>(() => ({ name: "password", problem: reasonInAddress() }));
  useEffect(() => {
    if (window.location.search !== "") window.history.replaceState(null, "", window.location.pathname);
  }, []);

  const restart = (problem: Problem) => setStep({ name: "password", problem });
  const proved = (session: Session, codes: readonly string[]) => {
    if (codes.length > 0) setStep({ name: "codes", session, codes });
  };
  const goOn = (problem: Problem): boolean => {
    if (!hasTicket(problem)) return false;
    setStep({ name: problem.code === "second_factor_required" ? "code" : "enrol", ticket: problem.ticket });
    return true;
  };

  return (
    <main className="full-page login">
      <div className="login-card card">
        <header>
          <BrandMark size={44} />
          <p className="login-product">{t("product")}</p>
        </header>
        <h1>{t(`login.title_${step.name}`)}</h1>
        {step.name === "password" && (
          <>
            {ended && step.problem === null && <p className="login-note">{t("login.ended")}</p>}
            <PasswordStep keeper={keeper} problem={step.problem} onTicket={goOn} />
          </>
        )}
        {step.name === "code" && <CodeStep keeper={keeper} ticket={step.ticket} onProved={proved} onOver={restart} />}
        {step.name === "enrol" && <EnrolStep keeper={keeper} ticket={step.ticket} onProved={proved} onOver={restart} />}
        {step.name === "codes" && <RecoveryCodes codes={step.codes} onSaved={() => keeper.enter(step.session)} />}
      </div>
    </main>
  );
}

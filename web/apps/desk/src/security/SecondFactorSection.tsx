import { ShieldCheck, ShieldOff } from "lucide-react";
import { type FormEvent, useState } from "react";
import { Form } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { api, type Enrolment } from "../app/api.ts";
import { problemWords } from "../i18n/words.ts";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { CodeField } from "../ui/CodeField.tsx";
import { PasswordField } from "../ui/PasswordField.tsx";
import { Authenticator } from "./Authenticator.tsx";
import { RecoveryCodes } from "./RecoveryCodes.tsx";
import { ask, useAnswer } from "./useAnswer.ts";

type Step =
  | { readonly name: "rest" | "password" | "off" | "renew" }
  | { readonly name: "scan"; readonly enrolment: Enrolment }
  | { readonly name: "codes"; readonly codes: readonly string[] };

const getSecondFactor = () => api.GET("/v1/second-factor");
const REST: Step = { name: "rest" };

export function SecondFactorSection() {
  const { t } = useTranslation();
  const { data: state, problem, again } = useAnswer(getSecondFactor);
  const [step, setStep] = useState<Step>(REST);
  const on = state !== null && state.since !== null;

  async function confirm(code: string): Promise<Problem | null> {
    const asked = await ask(api.POST("/v1/second-factor/confirmation", { body: { code } }));
    if (asked.problem === null) setStep({ name: "codes", codes: asked.data?.recovery_codes ?? [] });
    return asked.problem;
  }

  function finish() {
    setStep(REST);
    void again();
  }

  return (
    <section aria-labelledby="security-second-factor">
      <h3 id="security-second-factor">{t("security.second_factor")}</h3>
      {problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}
      {step.name === "rest" && state !== null && (
        <>
          <p className="muted">
            {on ? t("second_factor.on", { count: state.recovery_codes_left }) : t("second_factor.off")}
          </p>
          <div className="dialog-actions">
            {!on && (
              <Button icon={ShieldCheck} kind="primary" onPress={() => setStep({ name: "password" })}>
                {t("second_factor.set_up")}
              </Button>
            )}
            {on && <Button onPress={() => setStep({ name: "renew" })}>{t("second_factor.renew")}</Button>}
            {on && !state.required && (
              <Button icon={ShieldOff} kind="danger-plain" onPress={() => setStep({ name: "off" })}>
                {t("second_factor.switch_off")}
              </Button>
            )}
          </div>
        </>
      )}
      {(step.name === "password" || step.name === "off" || step.name === "renew") && (
        <Prove purpose={step.name} onStep={setStep} onDone={finish} />
      )}
      {step.name === "scan" && <Authenticator enrolment={step.enrolment} onCode={confirm} />}
      {step.name === "codes" && <RecoveryCodes codes={step.codes} onSaved={finish} />}
    </section>
  );
}

interface ProveProps {
  readonly purpose: "password" | "off" | "renew";
  readonly onStep: (step: Step) => void;
  readonly onDone: () => void;
}

/** The password again, and a code where there is an authenticator: an unlocked screen is not enough. */
function Prove({ purpose, onStep, onDone }: ProveProps) {
  const { t } = useTranslation();
  const [problem, setProblem] = useState<Problem | null>(null);

  async function submit(event: FormEvent<HTMLFormElement>) {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const asked = await send(purpose, String(data.get("password")), String(data.get("code")).trim());
    setProblem(asked.problem);
    if (asked.problem !== null) return;
    if (asked.data === undefined) onDone();
    else onStep(asked.data);
  }

  return (
    <Form className="security-form" onSubmit={(event) => void submit(event)}>
      <PasswordField name="password" label={t("login.password")} autoComplete="current-password" />
      {purpose !== "password" && <CodeField />}
      <div role="alert">{problem !== null && <p className="field-error">{problemWords(t, problem)}</p>}</div>
      <div className="dialog-actions">
        <Button type="submit" kind={purpose === "off" ? "danger" : "primary"}>
          {t(`second_factor.go_on_${purpose}`)}
        </Button>
        <Button kind="quiet" onPress={onDone}>
          {t("cancel")}
        </Button>
      </div>
    </Form>
  );
}

/** The step that follows; undefined: nothing more to do. */
async function send(purpose: ProveProps["purpose"], password: string, code: string) {
  if (purpose === "password") {
    const asked = await ask(api.POST("/v1/second-factor", { body: { password } }));
    return asked.problem === null && asked.data !== undefined
      ? { data: { name: "scan", enrolment: asked.data } as Step, problem: null }
      : { problem: asked.problem };
  }
  if (purpose === "off") {
    const asked = await ask(api.POST("/v1/second-factor/removal", { body: { password, code } }));
    return { problem: asked.problem };
  }
  const asked = await ask(api.POST("/v1/second-factor/recovery-codes", { body: { password, code } }));
  return asked.problem === null && asked.data !== undefined
    ? { data: { name: "codes", codes: asked.data.recovery_codes } as Step, problem: null }
    : { problem: asked.problem };
}

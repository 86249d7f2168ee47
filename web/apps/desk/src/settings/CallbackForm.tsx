import { CircleCheck, Save } from "lucide-react";
import { type FormEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { problemWords } from "../i18n/words.ts";
import { Button } from "../ui/Button.tsx";
import { CalendarChoice } from "./CalendarChoice.tsx";
import { AmountInput, NumberInput, RadioInput } from "./fields.tsx";
import { LeaveDialog } from "./LeaveDialog.tsx";
import type { RulesField } from "./rules.ts";
import type { RulesForm } from "./useRulesForm.ts";

interface CallbackFormProps {
  readonly form: RulesForm;
  readonly calendars: readonly string[] | null;
  readonly onReload: () => void;
}

export function CallbackForm({ form, calendars, onReload }: CallbackFormProps) {
  const { t } = useTranslation();
  const element = useRef<HTMLFormElement>(null);
  const { draft, change } = form;
  useEffect(() => {
    if (form.told === "wrong") element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [form.told]);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void form.save();
  };
  const problem = (field: RulesField) => (form.problems[field] === true ? t(`settings.wrong.${field}` as never) : null);
  return (
    <form ref={element} className="settings-form" noValidate onSubmit={submit} data-unsaved={form.unsaved}>
      {form.restored && (
        <p className="settings-note" role="status">
          {t("settings.restored")}
        </p>
      )}
      <WhoFirst form={form} problem={problem} />
      <fieldset>
        <legend>{t("settings.when_rung")}</legend>
        <CalendarChoice value={draft.calendar} names={calendars} onChange={(calendar) => change({ calendar })} />
        <NumberInput
          name="ring"
          label={t("settings.ring")}
          hint={t("settings.ring_hint")}
          unit={t("settings.seconds")}
          value={draft.ring}
          problem={problem("ring")}
          onChange={(ring) => change({ ring })}
        />
      </fieldset>
      <Attempts form={form} problem={problem} />
      <fieldset>
        <legend>{t("settings.how_long")}</legend>
        <AmountInput
          name="place"
          label={t("settings.place")}
          hint={t("settings.place_hint")}
          amount={draft.place}
          problem={problem("place")}
          onChange={(place) => change({ place })}
        />
        <AmountInput
          name="scheduled"
          label={t("settings.scheduled")}
          hint={t("settings.scheduled_hint")}
          amount={draft.scheduled}
          problem={problem("scheduled")}
          onChange={(scheduled) => change({ scheduled })}
        />
      </fieldset>
      <Ending form={form} onReload={onReload} />
      <LeaveDialog form={form} />
    </form>
  );
}

interface PartProps {
  readonly form: RulesForm;
  readonly problem: (field: RulesField) => string | null;
}

/** How long a customer waits is asked only where they are rung before the agent. */
function WhoFirst({ form: { draft, change }, problem }: PartProps) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend>{t("settings.who_first")}</legend>
      <RadioInput
        name="first"
        label={t("settings.first")}
        hint={t("settings.first_hint")}
        options={{ agent: t("settings.agent_first"), customer: t("settings.customer_first") }}
        value={draft.first}
        onChange={(first) => change({ first })}
      />
      {draft.first === "customer" && (
        <>
          <NumberInput
            name="patience"
            label={t("settings.patience")}
            hint={t("settings.patience_hint")}
            unit={t("settings.seconds")}
            value={draft.patience}
            problem={problem("patience")}
            onChange={(patience) => change({ patience })}
          />
          <RadioInput
            name="machines"
            label={t("settings.machines")}
            hint={t("settings.machines_hint")}
            options={{
              wait_for_key: t("settings.machines_are.wait_for_key"),
              hang_up: t("settings.machines_are.hang_up"),
              ignore: t("settings.machines_are.ignore"),
            }}
            value={draft.machines}
            onChange={(machines) => change({ machines })}
          />
        </>
      )}
    </fieldset>
  );
}

function Attempts({ form: { draft, change }, problem }: PartProps) {
  const { t } = useTranslation();
  return (
    <fieldset>
      <legend>{t("settings.how_often")}</legend>
      <NumberInput
        name="attempts"
        label={t("settings.attempts")}
        hint={t("settings.attempts_hint")}
        value={draft.attempts}
        problem={problem("attempts")}
        onChange={(attempts) => change({ attempts })}
      />
      <RadioInput
        name="pauses"
        label={t("settings.pause")}
        options={{ usual: t("settings.usual"), same: t("settings.always_same") }}
        value={draft.usualPauses ? "usual" : "same"}
        onChange={(pauses) => change({ usualPauses: pauses === "usual" })}
      />
      {!draft.usualPauses && (
        <AmountInput
          name="pause"
          label={t("settings.pause_length")}
          hint={t("settings.pause_hint")}
          amount={draft.pause}
          problem={problem("pause")}
          onChange={(pause) => change({ pause })}
        />
      )}
    </fieldset>
  );
}

/** What became of it, and the buttons: never far from the last field, nor from the eye. */
function Ending({ form, onReload }: { readonly form: RulesForm; readonly onReload: () => void }) {
  const { t } = useTranslation();
  const { told, refusal, unsaved, saving } = form;
  const changedMeanwhile = refusal?.code === "revision_mismatch";
  return (
    <footer className="settings-ending">
      <div className="settings-told">
        <p role="status">
          {told === "saved" && !unsaved && (
            <span className="settings-saved">
              <CircleCheck aria-hidden />
              {t("settings.saved")}
            </span>
          )}
          {unsaved && told === "nothing" && refusal === null && (
            <span className="muted">{t("settings.not_saved_yet")}</span>
          )}
        </p>
        <p role="alert" className="field-error">
          {told === "wrong" && t("settings.look_at_fields")}
          {refusal !== null && (changedMeanwhile ? t("settings.changed_meanwhile") : problemWords(t, refusal))}
        </p>
        {changedMeanwhile && (
          <Button size="small" onPress={onReload}>
            {t("settings.read_again")}
          </Button>
        )}
      </div>
      <Button kind="quiet" isDisabled={!unsaved || saving} onPress={form.discard}>
        {t("settings.discard")}
      </Button>
      <Button type="submit" kind="primary" icon={Save} isDisabled={!unsaved || saving}>
        {t(saving ? "settings.saving" : "settings.save")}
      </Button>
    </footer>
  );
}

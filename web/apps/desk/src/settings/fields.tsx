/** Labelled inputs with a hint, and what is wrong with them. */

import { useId } from "react";
import { useTranslation } from "react-i18next";
import { type Amount, UNITS, type Unit } from "./rules.ts";

interface Labelled {
  readonly label: string;
  readonly hint: string;
  /** Null: nothing is wrong. */
  readonly problem: string | null;
}

interface Said {
  readonly hint: string;
  readonly problem: string;
}

function Below({ ids, hint, problem }: { readonly ids: Said; readonly hint: string; readonly problem: string | null }) {
  return (
    <>
      <p id={ids.hint} className="muted settings-hint">
        {hint}
      </p>
      {problem !== null && (
        <p id={ids.problem} className="field-error">
          {problem}
        </p>
      )}
    </>
  );
}

interface TextInputProps extends Labelled {
  readonly name: string;
  readonly value: string;
  readonly unit?: string;
  readonly onChange: (value: string) => void;
}

export function NumberInput({ label, hint, problem, name, value, unit, onChange }: TextInputProps) {
  const id = useId();
  const ids = { hint: `${id}-hint`, problem: `${id}-problem` };
  return (
    <div className="field settings-field">
      <label htmlFor={id}>{label}</label>
      <span className="settings-amount">
        <input
          id={id}
          name={name}
          inputMode="decimal"
          autoComplete="off"
          value={value}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? ids.hint : `${ids.problem} ${ids.hint}`}
          onChange={(event) => onChange(event.target.value)}
        />
        {unit !== undefined && <span className="muted">{unit}</span>}
      </span>
      <Below ids={ids} hint={hint} problem={problem} />
    </div>
  );
}

interface AmountInputProps extends Labelled {
  readonly name: string;
  readonly amount: Amount;
  readonly onChange: (amount: Amount) => void;
}

export function AmountInput({ label, hint, problem, name, amount, onChange }: AmountInputProps) {
  const { t } = useTranslation();
  const id = useId();
  const ids = { hint: `${id}-hint`, problem: `${id}-problem` };
  return (
    <div className="field settings-field">
      <label htmlFor={id}>{label}</label>
      <span className="settings-amount">
        <input
          id={id}
          name={name}
          inputMode="decimal"
          autoComplete="off"
          value={amount.value}
          aria-invalid={problem !== null}
          aria-describedby={problem === null ? ids.hint : `${ids.problem} ${ids.hint}`}
          onChange={(event) => onChange({ ...amount, value: event.target.value })}
        />
        <select
          className="choice"
          aria-label={t("settings.unit_of", { label })}
          value={amount.unit}
          onChange={(event) => onChange({ ...amount, unit: event.target.value as Unit })}
        >
          {UNITS.map((unit) => (
            <option key={unit} value={unit}>
              {t(`settings.units.${unit}`)}
            </option>
          ))}
        </select>
      </span>
      <Below ids={ids} hint={hint} problem={problem} />
    </div>
  );
}

interface RadioInputProps<Value extends string> {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** In the order shown, with the words of each. */
  readonly options: Readonly<Record<Value, string>>;
  readonly value: Value;
  readonly onChange: (value: Value) => void;
}

export function RadioInput<Value extends string>(props: RadioInputProps<Value>) {
  const { name, label, hint, options, value, onChange } = props;
  const id = useId();
  return (
    <div
      className="settings-field settings-choices"
      role="radiogroup"
      aria-label={label}
      aria-describedby={hint === undefined ? undefined : id}
    >
      <span className="field-label">{label}</span>
      {(Object.keys(options) as Value[]).map((one) => (
        <label key={one}>
          <input type="radio" name={name} checked={value === one} onChange={() => onChange(one)} />
          {options[one]}
        </label>
      ))}
      {hint !== undefined && (
        <p id={id} className="muted settings-hint">
          {hint}
        </p>
      )}
    </div>
  );
}

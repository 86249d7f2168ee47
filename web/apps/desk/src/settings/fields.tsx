/** Labelled inputs with a hint, and what is wrong with them. */

import { type PropsWithChildren, useId } from "react";
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

interface InputProps extends Labelled {
  readonly name: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** `children` say what is counted. */
function CountedInput({ label, hint, problem, name, value, onChange, children }: PropsWithChildren<InputProps>) {
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
        {children}
      </span>
      <Below ids={ids} hint={hint} problem={problem} />
    </div>
  );
}

export function NumberInput({ unit, ...input }: InputProps & { readonly unit?: string }) {
  return <CountedInput {...input}>{unit !== undefined && <span className="muted">{unit}</span>}</CountedInput>;
}

interface AmountInputProps extends Labelled {
  readonly name: string;
  readonly amount: Amount;
  readonly onChange: (amount: Amount) => void;
}

export function AmountInput({ amount, onChange, ...input }: AmountInputProps) {
  const { t } = useTranslation();
  return (
    <CountedInput {...input} value={amount.value} onChange={(value) => onChange({ ...amount, value })}>
      <select
        className="choice"
        aria-label={t("settings.unit_of", { label: input.label })}
        value={amount.unit}
        onChange={(event) => onChange({ ...amount, unit: event.target.value as Unit })}
      >
        {UNITS.map((unit) => (
          <option key={unit} value={unit}>
            {t(`settings.units.${unit}`)}
          </option>
        ))}
      </select>
    </CountedInput>
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

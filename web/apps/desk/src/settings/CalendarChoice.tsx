import { useId } from "react";
import { useTranslation } from "react-i18next";

interface CalendarChoiceProps {
  readonly value: string;
  readonly onChange: (name: string) => void;
  /** Null: not known. */
  readonly names: readonly string[] | null;
}

/** One of the company's calendars. A name that none has means always open: that is said, not hidden. */
export function CalendarChoice({ value, onChange, names }: CalendarChoiceProps) {
  const { t } = useTranslation();
  const id = useId();
  const missing = names !== null && !names.includes(value);
  const options = names === null ? [value] : missing ? [value, ...names] : names;
  return (
    <div className="field settings-field">
      <label htmlFor={id}>{t("settings.hours")}</label>
      <select
        id={id}
        className="choice"
        value={value}
        aria-describedby={`${id}-hint`}
        onChange={(event) => onChange(event.target.value)}
      >
        {options.map((name) => (
          <option key={name} value={name}>
            {missing && name === value ? t("settings.no_calendar", { name }) : name}
          </option>
        ))}
      </select>
      <p id={`${id}-hint`} className={missing ? "settings-warning" : "muted settings-hint"}>
        {t(missing ? "settings.always_open" : "settings.hours_hint")}
      </p>
    </div>
  );
}

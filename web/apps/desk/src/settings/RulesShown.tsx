import { Lock } from "lucide-react";
import { useTranslation } from "react-i18next";
import { amountOf, type Usable } from "./rules.ts";

/** For who may see the rules and not change them. */
export function RulesShown({ rules }: { readonly rules: Usable }) {
  const { t } = useTranslation();
  const length = (seconds: number) => {
    const { value, unit } = amountOf(seconds);
    return t(`settings.length.${unit}`, { count: Number(value) });
  };
  const rows: readonly (readonly [string, string])[] = [
    [t("settings.first"), t(`settings.first_short.${rules.first}`)],
    ...(rules.first === "customer"
      ? [
          [t("settings.patience"), `${rules.patience_seconds} ${t("settings.seconds")}`] as const,
          [t("settings.machines"), t(`settings.machines_are.${rules.answering_machines}`)] as const,
        ]
      : []),
    [t("settings.attempts"), String(rules.attempts)],
    [t("settings.ring"), `${rules.ring_seconds} ${t("settings.seconds")}`],
    [t("settings.pause"), rules.pause_seconds === null ? t("settings.usual_short") : length(rules.pause_seconds)],
    [t("settings.hours"), rules.calendar],
    [t("settings.place"), length(rules.place_expires_seconds)],
    [t("settings.scheduled"), length(rules.scheduled_expires_seconds)],
  ];
  return (
    <div data-testid="rules-shown">
      <p className="settings-note">
        <Lock aria-hidden />
        {t("settings.read_only")}
      </p>
      <dl className="settings-shown">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

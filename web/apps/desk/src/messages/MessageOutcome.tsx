import { Label, TextArea, TextField } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { dispositionWords } from "../i18n/words.ts";
import type { Done } from "./acts.ts";

const LONGEST = 2_000; // characters, as the server takes them

interface MessageOutcomeProps {
  readonly choices: readonly string[];
  readonly value: Done;
  readonly onChange: (value: Done) => void;
  readonly autoFocus?: boolean;
}

/** What came of a message, for whoever asks later. */
export function MessageOutcome({ choices, value, onChange, autoFocus = false }: MessageOutcomeProps) {
  const { t } = useTranslation();
  return (
    <div className="message-outcome">
      {choices.length > 0 && (
        <label className="field">
          {t("messages.outcome")}
          <select
            value={value.disposition}
            onChange={({ target }) => onChange({ ...value, disposition: target.value })}
          >
            <option value="">{t("messages.no_outcome")}</option>
            {choices.map((choice) => (
              <option key={choice} value={choice}>
                {dispositionWords(t, choice)}
              </option>
            ))}
          </select>
        </label>
      )}
      <TextField
        className="field"
        value={value.note}
        maxLength={LONGEST}
        autoFocus={autoFocus}
        onChange={(note) => onChange({ ...value, note })}
      >
        <Label>{t("messages.note")}</Label>
        <TextArea rows={2} />
      </TextField>
    </div>
  );
}

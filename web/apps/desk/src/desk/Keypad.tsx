import { Button } from "react-aria-components";
import { useTranslation } from "react-i18next";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

interface KeypadProps {
  readonly digits: string;
  readonly isDisabled: boolean;
  readonly onDigit: (digit: string) => void;
}

export function Keypad({ digits, isDisabled, onDigit }: KeypadProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="keypad" aria-label={t("call.keypad")}>
      <output className="keypad-digits" aria-label={t("call.digits_sent")} dir="ltr">
        {digits === "" ? "\u00a0" : digits}
      </output>
      <div className="keypad-keys" dir="ltr">
        {KEYS.map((digit) => (
          <Button
            key={digit}
            className="keypad-key"
            aria-label={t("call.digit", { digit })}
            isDisabled={isDisabled}
            onPress={() => onDigit(digit)}
          >
            {digit}
          </Button>
        ))}
      </div>
    </fieldset>
  );
}

import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { phoneWords } from "../i18n/format.ts";
import type { Tenant } from "../link/protocol.ts";
import { IconButton } from "../ui/Button.tsx";

interface RingBackProps {
  readonly number: string | null;
  readonly client: Tenant | null;
  readonly isDisabled: boolean;
}

/** Dials who called, with one click; nothing where nobody knows whom. */
export function RingBack({ number, client, isDisabled }: RingBackProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  if (number === null) return null;
  return (
    <IconButton
      label={t("history.call_back", { number: phoneWords(number) })}
      icon={Phone}
      isDisabled={isDisabled}
      onPress={() => void desk.act({ type: "dial", called: number, ...(client === null ? {} : { client: client.id }) })}
    />
  );
}

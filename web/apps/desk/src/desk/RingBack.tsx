import { Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { phoneWords } from "../i18n/format.ts";
import type { Tenant } from "../link/protocol.ts";
import { Button, IconButton } from "../ui/Button.tsx";

interface RingBackProps {
  readonly number: string | null;
  readonly client: Tenant | null;
  readonly isDisabled: boolean;
  /** With its words in sight: among the main acts of a stage. */
  readonly labelled?: boolean;
}

/** Dials who called, with one click; nothing where nobody knows whom. */
export function RingBack({ number, client, isDisabled, labelled = false }: RingBackProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  if (number === null) return null;
  const label = t("history.call_back", { number: phoneWords(number) });
  const dial = () => void desk.act({ type: "dial", called: number, ...(client === null ? {} : { client: client.id }) });
  if (!labelled) return <IconButton label={label} icon={Phone} isDisabled={isDisabled} onPress={dial} />;
  return (
    <Button icon={Phone} isDisabled={isDisabled} onPress={dial}>
      {label}
    </Button>
  );
}

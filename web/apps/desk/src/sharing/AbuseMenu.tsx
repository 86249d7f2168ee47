import { ChevronDown, ShieldAlert } from "lucide-react";
import { Menu, MenuItem, MenuTrigger, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useDeskState } from "../app/hooks.ts";
import { abuseWords } from "../i18n/words.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";

/** Nobody has to listen to insults: the reason ends the call, and a pause to recover follows. */
export function AbuseMenu({ call }: { readonly call: Call }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const reasons = useDeskState((state) => state.abuse_reasons);
  if (reasons.length === 0 || call.direction === "outbound") return null;
  const end = (reason: string) => void desk.act({ type: "end_abusive_call", call: call.id, reason, note: "" });
  return (
    <MenuTrigger>
      <Button kind="quiet" icon={ShieldAlert} after={ChevronDown}>
        {t("abuse.title")}
      </Button>
      <Popover className="menu" placement="top end">
        <Menu aria-label={t("abuse.reasons")}>
          {reasons.map((reason) => (
            <MenuItem key={reason} className="menu-item" onAction={() => end(reason)}>
              {abuseWords(t, reason)}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

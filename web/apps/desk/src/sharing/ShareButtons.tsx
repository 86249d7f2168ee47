import { ArrowRightLeft, PhoneForwarded, Users } from "lucide-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { useShortcuts } from "../app/shortcuts.ts";
import { bind, hintOf } from "../desk/keys.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { AbuseMenu } from "./AbuseMenu.tsx";
import type { Sharing } from "./parties.ts";
import { TransferDialog } from "./TransferDialog.tsx";
import "./sharing.css";

interface ShareButtonsProps {
  readonly call: Call;
  readonly sharing: Sharing;
}

/** What comes next for the call: one line whatever happens, so that no button moves under a hand. */
export function ShareButtons({ call, sharing }: ShareButtonsProps) {
  const [choosing, setChoosing] = useState(false);
  const alone = sharing.present.length === 0;
  useShortcuts(sharing.canInvite ? bind("transfer", () => setChoosing(true)) : {});
  return (
    <div className="share-buttons" data-testid="share" data-people={sharing.present.length}>
      {!alone && <Together call={call} sharing={sharing} />}
      {sharing.aside === null && (
        <Button
          icon={ArrowRightLeft}
          hint={hintOf("transfer")}
          isDisabled={!sharing.canInvite}
          onPress={() => setChoosing(true)}
        >
          <TransferWords more={!alone} />
        </Button>
      )}
      {alone && <AbuseMenu call={call} />}
      <TransferDialog call={call} isOpen={choosing} onClose={() => setChoosing(false)} />
    </div>
  );
}

function TransferWords({ more }: { readonly more: boolean }) {
  const { t } = useTranslation();
  return <>{more ? t("share.add") : t("share.transfer")}</>;
}

/** What the agent does with somebody on the line; going back is what Retrieve does. */
function Together({ call, sharing }: ShareButtonsProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const handOver = () => void desk.act({ type: "hand_over", call: call.id });
  const confer = () => void desk.act({ type: "confer", call: call.id });
  useShortcuts({
    ...(sharing.canHandOver ? bind("hand_over", handOver) : {}),
    ...(sharing.canConfer ? bind("confer", confer) : {}),
  });
  return (
    <>
      <Button kind="primary" icon={PhoneForwarded} hint={hintOf("hand_over")} onPress={handOver}>
        {sharing.aside === null ? t("share.leave") : t("share.hand_over")}
      </Button>
      {sharing.aside !== null && (
        <Button icon={Users} hint={hintOf("confer")} isDisabled={!sharing.canConfer} onPress={confer}>
          {t("share.confer")}
        </Button>
      )}
    </>
  );
}

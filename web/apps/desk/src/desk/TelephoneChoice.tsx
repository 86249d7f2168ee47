import { Headset, Phone } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import type { Me } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";

/** By what calls are taken, for who has a telephone beside the browser. */
export function TelephoneChoice({ me }: { readonly me: Me }) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  if (me.own_telephone === null) return null;
  return (
    <div className="telephone-choice" data-testid="telephone-choice">
      {me.telephone && (
        <p className="muted" role="status">
          {t("telephone.by", { telephone: me.own_telephone })}
          {me.line !== "down" && <strong data-testid="line">{t(`telephone.line.${me.line}`)}</strong>}
        </p>
      )}
      {!me.telephone_only && (
        <Button size="small" icon={me.telephone ? Headset : Phone} onPress={() => void desk.workBy(!me.telephone)}>
          {me.telephone ? t("telephone.use_browser") : t("telephone.use", { telephone: me.own_telephone })}
        </Button>
      )}
    </div>
  );
}

import { CloudOff } from "lucide-react";
import { useTranslation } from "react-i18next";
import { useDeskState, useLink } from "../app/hooks.ts";

/** Lies over the page instead of moving it: connections come and go, buttons must not. */
export function LinkBanner() {
  const { t } = useTranslation();
  const away = useLink(
    (view) => view.status === "waiting" || view.status === "connecting" || view.status === "greeting",
  );
  const onCall = useDeskState((state) => state.call !== null && state.call.state !== "ended");
  if (!away) return null;
  return (
    <div className="link-banner" role="alert" data-testid="offline">
      <CloudOff aria-hidden />
      {onCall ? t("link.lost_on_call") : t("link.lost")}
    </div>
  );
}

import { Eye } from "lucide-react";
import { useTranslation } from "react-i18next";

export function ObserverStage() {
  const { t } = useTranslation();
  return (
    <div className="stage-message">
      <span className="stage-emblem tone-rest">
        <Eye aria-hidden />
      </span>
      <h2>{t("idle.observer_title")}</h2>
      <p className="muted">{t("idle.observer_text")}</p>
    </div>
  );
}

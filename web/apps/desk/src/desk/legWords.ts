import { useTranslation } from "react-i18next";
import { useSoftphone } from "../app/hooks.ts";

/** Why the voice line is not up, or that it is being made. */
export function useLegWords(): string {
  const { t } = useTranslation();
  const leg = useSoftphone((view) => view.leg);
  const problem = useSoftphone((view) => view.legProblem);
  const code = useSoftphone((view) => view.refusal) ?? "";
  if (leg === "replaced" || leg === "closed") return t(`leg.${leg}`);
  if (problem === "refused") return t("leg.refused", { code });
  return problem === null ? t("idle.voice_text") : t(`leg.${problem}`);
}

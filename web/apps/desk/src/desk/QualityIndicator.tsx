import { carriesSound, type QualityGrade, type QualityReport } from "@cordboard/softphone";
import { type LucideIcon, Signal, SignalHigh, SignalLow, SignalZero } from "lucide-react";
import { Button as AriaButton, Dialog, DialogTrigger, Heading, Popover } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useSoftphone } from "../app/hooks.ts";
import { percentWords } from "../i18n/format.ts";

export type ShownGrade = QualityGrade | "none";

const ICONS: Record<ShownGrade, LucideIcon> = {
  good: Signal,
  fair: SignalHigh,
  poor: SignalLow,
  unknown: SignalZero,
  none: SignalZero,
};

export function QualityIndicator() {
  const { t } = useTranslation();
  const quality = useSoftphone((view) => view.quality);
  const alive = useSoftphone((view) => carriesSound(view.leg));
  const asked = useSoftphone((view) => view.leg !== "none");
  const grade: ShownGrade = alive ? (quality?.grade ?? "unknown") : "none";
  const Icon = ICONS[grade];
  return (
    <DialogTrigger>
      <AriaButton
        className={`quality-button quality-${grade === "none" && !asked ? "unknown" : grade}`}
        aria-label={t("quality.label", { grade: t(`quality.grade.${grade}`) })}
        data-testid="connection-quality"
        data-grade={grade}
      >
        <Icon aria-hidden />
        <span className="quality-word">{t(`quality.grade.${grade}`)}</span>
      </AriaButton>
      <Popover className="popover" placement="bottom end">
        <Dialog>
          <Heading slot="title">{t("quality.title")}</Heading>
          <p className="muted">{t(`quality.advice.${grade}`)}</p>
          {quality !== null && <Figures quality={quality} />}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Figures({ quality }: { readonly quality: QualityReport }) {
  const { t, i18n } = useTranslation();
  const figure = (value: number, digits: number) =>
    value.toLocaleString(i18n.language, { minimumFractionDigits: digits, maximumFractionDigits: digits });
  const percent = (share: number | null) =>
    share === null ? t("quality.no_packets") : percentWords(share, i18n.language, 1);
  const milliseconds = (value: number | null) =>
    value === null ? t("quality.no_packets") : t("quality.milliseconds", { value: figure(value, 0) });
  const rows: [string, string][] = [
    [t("quality.mos"), quality.mos === null ? t("quality.no_packets") : figure(quality.mos, 1)],
    [t("quality.loss_receiving"), percent(quality.lossReceiving)],
    [t("quality.loss_sending"), percent(quality.lossSending)],
    [t("quality.jitter"), milliseconds(quality.jitterMs)],
    [t("quality.round_trip"), milliseconds(quality.roundTripMs)],
  ];
  return (
    <dl className="quality-figures">
      {rows.map(([name, value]) => (
        <div key={name} style={{ display: "contents" }}>
          <dt>{name}</dt>
          <dd className="figure">{value}</dd>
        </div>
      ))}
    </dl>
  );
}

import "./meter.css";

interface MeterProps {
  readonly label: string;
  /** 0..1 */
  readonly value: number;
  readonly valueText?: string;
  readonly tone?: "ready" | "ring" | "wrap" | "bad" | "brand";
}

/** A quiet bar for a share of something. */
export function Bar({ label, value, valueText, tone = "brand" }: MeterProps) {
  const share = Math.min(1, Math.max(0, value));
  return (
    // biome-ignore lint/a11y/useSemanticElements: a native meter cannot be drawn alike in all browsers
    <div
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(share * 100)}
      aria-valuetext={valueText}
      className="bar"
    >
      <div className={`bar-fill bar-${tone}`} style={{ inlineSize: `${share * 100}%` }} />
    </div>
  );
}

import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button as AriaButton, type ButtonProps as AriaButtonProps } from "react-aria-components";
import "./button.css";

export interface ButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style"> {
  readonly children: ReactNode;
  readonly kind?: "primary" | "plain" | "quiet" | "answer" | "danger" | "danger-plain";
  readonly size?: "small" | "medium" | "large";
  readonly icon?: LucideIcon;
  /** The key that does the same, shown but not part of the name. */
  readonly hint?: string | undefined;
  readonly fill?: boolean;
  /** A sign behind the words, such as that of a menu. */
  readonly after?: LucideIcon;
}

export function Button({
  children,
  kind = "plain",
  size = "medium",
  icon: Icon,
  after: After,
  hint,
  fill,
  ...rest
}: ButtonProps) {
  return (
    <AriaButton {...rest} className={`button button-${kind} button-${size}${fill ? " button-fill" : ""}`}>
      {Icon !== undefined && <Icon aria-hidden className="button-icon" />}
      <span className="button-text">{children}</span>
      {After !== undefined && <After aria-hidden className="button-icon button-after" />}
      {hint !== undefined && (
        <kbd aria-hidden className="key-hint">
          {hint}
        </kbd>
      )}
    </AriaButton>
  );
}

export interface IconButtonProps extends Omit<AriaButtonProps, "children" | "className" | "style" | "aria-label"> {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly size?: "small" | "medium";
}

export function IconButton({ label, icon: Icon, size = "medium", ...rest }: IconButtonProps) {
  return (
    <AriaButton {...rest} aria-label={label} className={`icon-button icon-button-${size}`}>
      <Icon aria-hidden className="button-icon" />
    </AriaButton>
  );
}

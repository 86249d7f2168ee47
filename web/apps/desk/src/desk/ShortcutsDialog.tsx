import { Switch } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useSelect } from "../app/hooks.ts";
import { Dialog } from "../ui/Dialog.tsx";
import { KEYS } from "./keys.ts";

interface ShortcutsDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function ShortcutsDialog({ isOpen, onClose }: ShortcutsDialogProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const enabled = useSelect(desk.personal, (personal) => personal.preferences.shortcuts);
  return (
    <Dialog title={t("shortcuts.title")} isOpen={isOpen} onClose={onClose}>
      <p>{t("shortcuts.intro")}</p>
      <Switch className="switch" isSelected={enabled} onChange={(shortcuts) => desk.prefer({ shortcuts })}>
        <span className="switch-track" />
        {t("shortcuts.enable")}
      </Switch>
      <dl className="shortcut-list">
        {KEYS.map(({ action, shown }) => (
          <div key={action}>
            <dt>{t(`shortcuts.${action}`)}</dt>
            <dd>
              {shown.map((key) => (
                <kbd key={key} className="key-hint">
                  {key}
                </kbd>
              ))}
            </dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

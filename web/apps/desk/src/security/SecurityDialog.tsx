import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/Dialog.tsx";
import { PasswordSection } from "./PasswordSection.tsx";
import { SecondFactorSection } from "./SecondFactorSection.tsx";
import { SessionsSection } from "./SessionsSection.tsx";
import "./security.css";

interface SecurityDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

/** What people do about their own log-in. */
export function SecurityDialog({ isOpen, onClose }: SecurityDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("security.title")} isOpen={isOpen} onClose={onClose}>
      <div className="security">
        <SecondFactorSection />
        <SessionsSection />
        <PasswordSection />
      </div>
    </Dialog>
  );
}

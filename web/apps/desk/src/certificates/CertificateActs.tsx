import { Trash2, Upload } from "lucide-react";
import { type ReactNode, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Problem } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import { RemoveDialog } from "./RemoveDialog.tsx";
import { told } from "./told.ts";
import { UploadDialog } from "./UploadDialog.tsx";

interface CertificateActsProps {
  readonly name: string;
  readonly has: boolean;
  readonly uploadHint: string;
  readonly removeHint: string;
  readonly onUpload: (chain: string, key: string) => Promise<Problem | null>;
  readonly onRemove: () => Promise<Problem | null>;
  readonly onDone: (words: string) => void;
  /** What else can be done there, between the two. */
  readonly children?: ReactNode;
}

/** Upload or replace a certificate, and remove it. */
export function CertificateActs(props: CertificateActsProps) {
  const { name, has, uploadHint, removeHint, onUpload, onRemove, onDone, children } = props;
  const { t } = useTranslation();
  const [open, setOpen] = useState<"upload" | "remove" | null>(null);
  const close = () => setOpen(null);
  return (
    <>
      <div className="certificate-acts">
        <Button
          size="small"
          icon={Upload}
          aria-label={t(has ? "certificates.replace_of" : "certificates.upload_for", { name })}
          onPress={() => setOpen("upload")}
        >
          {t(has ? "certificates.replace" : "certificates.upload")}
        </Button>
        {children}
        {has && (
          <Button
            size="small"
            kind="danger-plain"
            icon={Trash2}
            aria-label={t("certificates.remove_for", { name })}
            onPress={() => setOpen("remove")}
          >
            {t("certificates.remove")}
          </Button>
        )}
      </div>
      {open === "upload" && (
        <UploadDialog
          name={name}
          hint={uploadHint}
          onClose={close}
          onUpload={(chain, key) => told(onUpload(chain, key), () => onDone(t("certificates.uploaded", { name })))}
        />
      )}
      {open === "remove" && (
        <RemoveDialog
          name={name}
          hint={removeHint}
          onClose={close}
          onRemove={() => told(onRemove(), () => onDone(t("certificates.removed", { name })))}
        />
      )}
    </>
  );
}

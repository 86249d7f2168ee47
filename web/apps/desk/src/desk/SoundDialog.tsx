import { Bell, ChevronDown } from "lucide-react";
import { useEffect, useState } from "react";
import {
  Button as AriaButton,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Select,
  SelectValue,
  Switch,
} from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk, useSelect, useSoftphone } from "../app/hooks.ts";
import { Ringtone } from "../ring/ringtone.ts";
import { Button } from "../ui/Button.tsx";
import { Dialog } from "../ui/Dialog.tsx";
import { MicrophoneLevel } from "./MicrophoneLevel.tsx";
import "./sound.css";

interface SoundDialogProps {
  readonly isOpen: boolean;
  readonly onClose: () => void;
}

export function SoundDialog({ isOpen, onClose }: SoundDialogProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={t("sound.title")} isOpen={isOpen} onClose={onClose}>
      <div className="sound">
        <Devices />
        <div className="field">
          <span className="field-label">{t("sound.level")}</span>
          <MicrophoneLevel />
          <span className="muted">{t("sound.level_hint")}</span>
        </div>
        <div className="sound-row">
          <span className="field-label">{t("sound.ring")}</span>
          <Button icon={Bell} size="small" onPress={() => new Ringtone().ringOnce()}>
            {t("sound.try_ring")}
          </Button>
        </div>
        <OpusSwitch />
        <NotificationSwitch />
      </div>
    </Dialog>
  );
}

/** The devices as the browser names them, kept fresh while the dialog is open. */
function useDevices(): readonly MediaDeviceInfo[] {
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    const media = navigator.mediaDevices;
    if (media === undefined) return;
    const read = () => void media.enumerateDevices().then(setDevices, () => setDevices([]));
    read();
    media.addEventListener("devicechange", read);
    return () => media.removeEventListener("devicechange", read);
  }, []);
  return devices;
}

function Devices() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const devices = useDevices();
  const microphone = useSoftphone((view) => view.microphoneId);
  const speaker = useSelect(desk.personal, (personal) => personal.preferences.speaker);
  const of = (kind: MediaDeviceKind) => devices.filter((device) => device.kind === kind && device.deviceId !== "");
  return (
    <>
      <DeviceSelect
        label={t("sound.microphone")}
        devices={of("audioinput")}
        chosen={microphone}
        onChoose={(id) => desk.chooseMicrophone(id)}
      />
      <DeviceSelect
        label={t("sound.speaker")}
        devices={of("audiooutput")}
        chosen={speaker}
        onChoose={(id) => void desk.chooseSpeaker(id)}
      />
    </>
  );
}

interface DeviceSelectProps {
  readonly label: string;
  readonly devices: readonly MediaDeviceInfo[];
  readonly chosen: string | null;
  readonly onChoose: (id: string) => void;
}

function DeviceSelect({ label, devices, chosen, onChoose }: DeviceSelectProps) {
  const { t } = useTranslation();
  return (
    <Select
      className="field"
      placeholder={t("sound.system_default")}
      selectedKey={chosen}
      onSelectionChange={(key) => key !== null && onChoose(String(key))}
      isDisabled={devices.length === 0}
    >
      <Label className="field-label">{label}</Label>
      <AriaButton className="select-button">
        <SelectValue />
        <ChevronDown aria-hidden />
      </AriaButton>
      <Popover className="menu select-popover">
        <ListBox>
          {devices.map((device) => (
            <ListBoxItem key={device.deviceId} id={device.deviceId} className="menu-item">
              {device.label === "" ? t("sound.system_default") : device.label}
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </Select>
  );
}

function OpusSwitch() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const opus = useSelect(desk.personal, (personal) => personal.preferences.opus);
  return (
    <>
      <Switch className="switch" isSelected={opus} onChange={(on) => desk.preferOpus(on)}>
        <span className="switch-track" />
        {t("sound.opus")}
      </Switch>
      <p className="muted">{t("sound.opus_hint")}</p>
    </>
  );
}

function NotificationSwitch() {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const wanted = useSelect(desk.personal, (personal) => personal.preferences.notifications);
  const [blocked, setBlocked] = useState(() => "Notification" in window && Notification.permission === "denied");
  if (!("Notification" in window)) return null;

  async function change(notifications: boolean) {
    const permission = notifications ? await Notification.requestPermission() : Notification.permission;
    setBlocked(permission === "denied");
    desk.prefer({ notifications: notifications && permission === "granted" });
  }

  return (
    <>
      <Switch className="switch" isSelected={wanted && !blocked} onChange={(on) => void change(on)}>
        <span className="switch-track" />
        {t("sound.notifications")}
      </Switch>
      {blocked && <p className="muted">{t("sound.notifications_blocked")}</p>}
    </>
  );
}

import { Pause, Play, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Slider, SliderThumb, SliderTrack } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { soundOf } from "../app/api.ts";
import { clockTime } from "../i18n/format.ts";
import type { Tenant } from "../link/protocol.ts";
import { IconButton } from "../ui/Button.tsx";

interface RecordingPlayerProps {
  /** Of the API: see `recordingUrl`, `messageUrl`. */
  readonly path: string;
  readonly client: Tenant | null;
  /** Null: it stays open. */
  readonly onClose: (() => void) | null;
}

/** Streams by range requests: a two-hour call starts as fast as a short one. */
export function RecordingPlayer({ path, client, onClose }: RecordingPlayerProps) {
  const { t } = useTranslation();
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState(false);
  const [failed, setFailed] = useState(false);
  const [position, setPosition] = useState(0);
  const [duration, setDuration] = useState(0);
  const source = useSource(path, client, () => setFailed(true));

  const toggle = () => {
    if (playing) audio.current?.pause();
    else void audio.current?.play().catch(() => setFailed(true));
  };
  const seek = (seconds: number) => {
    if (audio.current !== null) audio.current.currentTime = seconds;
    setPosition(seconds);
  };

  return (
    <div className="player" data-testid="recording-player">
      {/* biome-ignore lint/a11y/useMediaCaption: recorded telephone calls have no captions */}
      <audio
        ref={audio}
        src={source}
        autoPlay
        preload="metadata"
        data-testid="recording-audio"
        onPlay={() => setPlaying(true)}
        onPause={() => setPlaying(false)}
        onEnded={() => setPlaying(false)}
        onError={() => setFailed(true)}
        onTimeUpdate={(event) => setPosition(event.currentTarget.currentTime)}
        onDurationChange={(event) => setDuration(event.currentTarget.duration)}
      />
      {failed ? (
        <p className="field-error" role="alert">
          {t("history.playback_failed")}
        </p>
      ) : (
        <>
          <IconButton
            label={playing ? t("history.pause") : t("history.play_short")}
            icon={playing ? Pause : Play}
            onPress={toggle}
          />
          <Slider
            className="player-slider"
            aria-label={t("history.position")}
            minValue={0}
            maxValue={Math.max(1, Number.isFinite(duration) ? duration : 1)}
            step={1}
            value={position}
            onChange={seek}
          >
            <SliderTrack className="player-track">
              <SliderThumb className="player-thumb" />
            </SliderTrack>
          </Slider>
          <span className="time player-time">
            {clockTime(position)} / {clockTime(Number.isFinite(duration) ? duration : 0)}
          </span>
        </>
      )}
      {onClose !== null && <IconButton label={t("history.close_player")} icon={X} size="small" onPress={onClose} />}
    </div>
  );
}

/** A client's recording is fetched under the grant there, which an audio element cannot name, and played when it is whole. */
function useSource(path: string, client: Tenant | null, onFailure: () => void): string | undefined {
  const [fetched, setFetched] = useState<string>();
  const failure = useRef(onFailure);
  const tenant = client?.id;
  useEffect(() => {
    if (tenant === undefined) return;
    let url: string | undefined;
    let gone = false;
    soundOf(path, tenant).then(
      (sound) => {
        if (gone) return;
        url = URL.createObjectURL(sound);
        setFetched(url);
      },
      () => failure.current(),
    );
    return () => {
      gone = true;
      if (url !== undefined) URL.revokeObjectURL(url);
    };
  }, [path, tenant]);
  return tenant === undefined ? path : fetched;
}

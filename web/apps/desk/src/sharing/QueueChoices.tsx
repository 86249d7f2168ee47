import { Headset } from "lucide-react";
import { useState } from "react";
import { Checkbox, CheckboxGroup, Label } from "react-aria-components";
import { useTranslation } from "react-i18next";
import { useDesk } from "../app/hooks.ts";
import { humanised } from "../i18n/words.ts";
import type { Call } from "../link/protocol.ts";
import { Button } from "../ui/Button.tsx";
import type { QueueTarget } from "./useTargets.ts";

interface QueueChoicesProps {
  readonly call: Call;
  readonly queues: readonly QueueTarget[];
  readonly note: string;
  readonly onDone: () => void;
}

/** The other queues; what the caller needs closes those where nobody has it. */
export function QueueChoices({ call, queues, note, onDone }: QueueChoicesProps) {
  const { t } = useTranslation();
  const { desk } = useDesk();
  const [needed, setNeeded] = useState<string[]>([]);
  const skills = [...new Set(queues.flatMap((queue) => queue.skills))].sort();
  const send = (queue: string) => {
    const asked = needed.map((skill) => ({ skill }));
    void desk.act({ type: "transfer_to_queue", call: call.id, queue, note, skills: asked });
    onDone();
  };
  const serves = (queue: QueueTarget) => needed.every((skill) => queue.skills.includes(skill));
  return (
    <section className="share-queues" aria-label={t("share.queues")}>
      <h3>{t("share.queues")}</h3>
      {skills.length > 0 && <Skills skills={skills} needed={needed} onChange={setNeeded} />}
      {queues.length === 0 && <p className="muted">{t("share.no_queues")}</p>}
      <ul>
        {queues.map((queue) => (
          <li key={queue.id}>
            <Button fill icon={Headset} isDisabled={!serves(queue)} onPress={() => send(queue.id)}>
              {queue.name}
              <span className="muted figure"> · {t("share.free", { count: queue.free })}</span>
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface SkillsProps {
  readonly skills: readonly string[];
  readonly needed: string[];
  readonly onChange: (needed: string[]) => void;
}

function Skills({ skills, needed, onChange }: SkillsProps) {
  const { t } = useTranslation();
  return (
    <CheckboxGroup className="share-skills" value={needed} onChange={onChange}>
      <Label>{t("share.skills")}</Label>
      {skills.map((skill) => (
        <Checkbox key={skill} value={skill} className="share-skill">
          {humanised(skill)}
        </Checkbox>
      ))}
    </CheckboxGroup>
  );
}

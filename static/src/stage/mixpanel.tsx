/** One's own mix of everybody on stage. For who leads: letting nobody hear somebody. */

import { useSignal } from "@preact/signals";
import { mute, sentenceOf } from "../room/api";
import type { Live } from "../room/live";
import type { OnStage } from "../room/model";
import { LOUDEST } from "./mix";
import type { Stage } from "./stage";

interface Props {
  readonly stage: Stage;
  readonly live: Live;
}

export default function MixPanel({ stage, live }: Props) {
  const you = live.you.value;
  const mistake = useSignal("");
  const others = live.stage.value.filter(({ member }) => member !== you?.id);
  const leads = you?.grants.includes("moderate") ?? false;

  const muteForAll = async ({ member, muted_by }: OnStage) => {
    try {
      await mute(live.token(), live.id, member, muted_by === null);
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <>
      <p class="small">Only you hear it like this. It is kept on this device.</p>
      <p role="alert" class="small">
        {mistake}
      </p>
      {others.length === 0 && <p>Nobody else is on stage just now.</p>}
      <ul class="mix">
        {others.map((player) => (
          <Line key={player.member} player={player} stage={stage}>
            {leads && (
              <button
                type="button"
                class="quiet"
                aria-label={`${player.muted_by === null ? "Mute for everybody" : "Let everybody hear"}: ${player.name}`}
                onClick={() => muteForAll(player)}
              >
                {player.muted_by === null ? "Mute for everybody" : "Let everybody hear them"}
              </button>
            )}
          </Line>
        ))}
      </ul>
    </>
  );
}

interface LineProps {
  readonly player: OnStage;
  readonly stage: Stage;
  readonly children: preact.ComponentChildren;
}

function Line({ player: { member, name, hue }, stage, children }: LineProps) {
  const { level, pan, muted, solo } = stage.mix.of(member);
  return (
    <li data-hue={hue}>
      <b class="person">{name}</b>
      <label>
        Level
        <input
          type="range"
          min={0}
          max={LOUDEST}
          step={0.05}
          value={level}
          aria-label={`Level of ${name}`}
          aria-valuetext={`${Math.round(level * 100)} percent`}
          onInput={({ currentTarget }) => stage.mix.set(member, { level: Number(currentTarget.value) })}
        />
      </label>
      <label>
        Place
        <input
          type="range"
          min={-1}
          max={1}
          step={0.1}
          value={pan}
          aria-label={`Place of ${name}`}
          aria-valuetext={where(pan)}
          onInput={({ currentTarget }) => stage.mix.set(member, { pan: Number(currentTarget.value) })}
        />
      </label>
      <div class="buttons">
        <button
          type="button"
          class="quiet"
          aria-label={`${muted ? "Hear again" : "Mute for you"}: ${name}`}
          onClick={() => stage.mix.set(member, { muted: !muted })}
        >
          {muted ? "Hear again" : "Mute for you"}
        </button>
        <button
          type="button"
          class={solo ? "edged" : "quiet"}
          aria-label={`${solo ? "Hear all again" : "Hear alone"}: ${name}`}
          onClick={() => stage.mix.set(member, { solo: !solo })}
        >
          {solo ? "Hear all again" : "Hear alone"}
        </button>
        {children}
      </div>
    </li>
  );
}

function where(pan: number): string {
  if (Math.abs(pan) < 0.05) return "in the middle";
  return `${Math.round(Math.abs(pan) * 100)} percent to the ${pan < 0 ? "left" : "right"}`;
}

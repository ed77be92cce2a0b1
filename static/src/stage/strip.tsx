/** The strip of the stage: who is on it, and the ways to step on it, to listen and to leave. What makes sound is brought on demand. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { Dialog } from "../design/dialog";
import { lazy } from "../design/lazy";
import { AskForTheMicrophone } from "../room/hands";
import type { Live } from "../room/live";
import type { OnStage } from "../room/model";
import type { Stage } from "./stage";
import "./stage.css";

const Enter = lazy(() => import("./enter"));
const MixPanel = lazy(() => import("./mixpanel"));

interface Props {
  readonly live: Live;
  readonly mistake: Signal<string>;
}

export function StageStrip({ live, mistake }: Props) {
  const stage = useSignal<Stage | null>(null);
  const entering = useSignal(false);
  const mixing = useSignal(false);
  const asked = useRef<Promise<Stage> | null>(null);
  useEffect(() => () => stage.peek()?.close(), [stage]);

  const bring = (): Promise<Stage> => {
    asked.current ??= import("./stage").then((module) => {
      stage.value = new module.Stage(live);
      return stage.value;
    });
    return asked.current;
  };
  const withStage = (act: (stage: Stage) => void) => () => {
    bring().then(act, () => {
      asked.current = null;
      mistake.value = "The stage couldn't be loaded. Try again in a moment.";
    });
  };

  const you = live.you.value;
  const on = live.stage.value;
  const state = stage.value?.state.value ?? "off";
  const isPlayer = state !== "off" && stage.value?.part.value === "player";
  const mayPlay = you !== null && (you.grants.includes("play") || you.grants.includes("speak"));
  const trouble = stage.value?.trouble.value ?? "";
  if (live.shut.value || (!mayPlay && on.length === 0 && state === "off" && trouble === "")) return null;

  return (
    <section class="stage" aria-label="Stage" data-empty={on.length === 0 || undefined}>
      {on.length === 0 && <p class="small">{nobody(state, isPlayer)}</p>}
      {on.length > 0 && (
        <ul class="players">
          {on.map((player) => (
            <Player key={player.member} player={player} stage={stage.value} yours={player.member === you?.id} />
          ))}
        </ul>
      )}
      <div class="buttons">
        {!isPlayer && mayPlay && (
          <button
            type="button"
            class="edged"
            onClick={withStage(() => {
              entering.value = true;
            })}
          >
            Step on stage
          </button>
        )}
        {state === "off" && on.length > 0 && (
          <button type="button" class="quiet" onClick={withStage((stage) => void stage.listen())}>
            Listen
          </button>
        )}
        {!mayPlay && on.length > 0 && <AskForTheMicrophone live={live} mistake={mistake} />}
        {state !== "off" && stage.value !== null && <Own stage={stage.value} isPlayer={isPlayer} />}
        {state !== "off" && on.some(({ member }) => member !== you?.id) && (
          <button
            type="button"
            class="quiet"
            aria-haspopup="dialog"
            onClick={() => {
              mixing.value = true;
            }}
          >
            Mix
          </button>
        )}
        {isPlayer && (
          <button
            type="button"
            class="quiet"
            aria-haspopup="dialog"
            onClick={() => {
              entering.value = true;
            }}
          >
            Microphone
          </button>
        )}
        {state !== "off" && (
          <button type="button" class="quiet" onClick={() => stage.value?.leave()}>
            {isPlayer ? "Leave the stage" : "Stop listening"}
          </button>
        )}
      </div>
      <p class="small" role="status">
        {said(state, isPlayer)}
        {trouble}
      </p>
      {stage.value !== null && (
        <>
          <Dialog open={entering} title={isPlayer ? "Your microphone" : "Step on stage"}>
            <Enter stage={stage.value} open={entering} />
          </Dialog>
          <Dialog open={mixing} title="Your mix">
            <MixPanel stage={stage.value} live={live} />
          </Dialog>
        </>
      )}
    </section>
  );
}

function nobody(state: string, isPlayer: boolean): string {
  if (state === "on") return isPlayer ? "" : "Nobody is on stage. You'll hear whoever steps on it.";
  return state === "off" ? "Nobody is on stage." : "";
}

function said(state: string, isPlayer: boolean): string {
  if (state === "opening") return isPlayer ? "You step on stage…" : "The sound is on its way…";
  return state === "returning" ? "The sound broke off. It comes back by itself…" : "";
}

/** One's own microphone: off and on, and for a word in between while it is off. */
function Own({ stage, isPlayer }: { readonly stage: Stage; readonly isPlayer: boolean }) {
  const quiet = stage.quiet.value;
  if (!isPlayer) return null;
  return (
    <button type="button" class="quiet" aria-pressed={quiet} onClick={() => stage.setQuiet(!quiet)}>
      {quiet ? "Let them hear you" : "Mute yourself"}
    </button>
  );
}

interface PlayerProps {
  readonly player: OnStage;
  readonly stage: Stage | null;
  readonly yours: boolean;
}

function Player({ player, stage, yours }: PlayerProps) {
  const silence = silenceOf(player, stage, yours);
  return (
    <li class="player" data-hue={player.hue} data-number={player.number}>
      <b class="person">{player.name}</b>
      <span class="small">{silence || (yours ? "you" : "")}</span>
      <meter
        min={0}
        max={1}
        value={stage?.levels.value.get(player.number) ?? 0}
        aria-label={`How loud ${player.name} is`}
      />
    </li>
  );
}

function silenceOf({ member, muted_by }: OnStage, stage: Stage | null, yours: boolean): string {
  if (muted_by !== null) return yours ? "a lead has muted you" : "muted by a lead";
  if (yours) return stage?.quiet.value ? "you are muted" : "";
  return stage !== null && stage.state.value !== "off" && stage.mix.of(member).muted ? "muted for you" : "";
}

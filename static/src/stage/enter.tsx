/** Before one is heard: which microphone, which input of it, how loud it comes, and what it sounds like, for oneself alone. */

import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useId } from "preact/hooks";
import { sentenceOf } from "../room/api";
import type { Capture } from "./capture";
import { type Choice, type Device, isBluetooth, lastChoice, microphones } from "./devices";
import { isClipping, shown } from "./meter";
import type { Stage } from "./stage";

const LOOK_MS = 100;
/** How long the clip light stays on, so that it can be seen. */
const CLIP_MS = 2_000;

interface Props {
  readonly stage: Stage;
  readonly open: Signal<boolean>;
}

export default function Enter({ stage, open }: Props) {
  const choice = useSignal(lastChoice());
  const capture = useSignal<Capture | null>(null);
  const devices = useSignal<readonly Device[]>([]);
  const trouble = useSignal("");
  const heard = useSignal(false);
  const stepped = useSignal(false);
  const device = useId();
  const inputs = useId();

  useEffect(() => {
    let isOver = false;
    const bring = async () => {
      trouble.value = "";
      heard.value = false;
      try {
        const opened = await stage.tryOut(choice.value);
        if (isOver) {
          opened.close();
          return;
        }
        capture.value = opened;
        devices.value = await microphones();
      } catch (error) {
        trouble.value = sentenceOf(error);
      }
    };
    void bring();
    const list = async () => {
      devices.value = await microphones();
    };
    navigator.mediaDevices?.addEventListener("devicechange", list);
    return () => {
      isOver = true;
      navigator.mediaDevices?.removeEventListener("devicechange", list);
      if (!stepped.peek()) capture.peek()?.close();
      capture.value = null;
    };
  }, [stage, choice.value, capture, devices, trouble, heard, stepped]);

  const choose = (change: Partial<Choice>) => {
    choice.value = { ...choice.value, ...change };
  };
  const opened = capture.value;
  const label = opened?.label ?? "";
  const isOn = stage.state.value !== "off" && stage.part.value === "player";

  const step = () => {
    if (opened === null) return;
    stepped.value = true;
    open.value = false;
    void stage.step(opened);
  };

  return (
    <div class="enter">
      <p role="alert">{trouble}</p>
      {opened === null && trouble.value === "" && (
        <p role="status">Your browser asks whether the microphone may be used…</p>
      )}
      {trouble.value !== "" && (
        <button type="button" class="plain" onClick={() => choose({})}>
          Try again
        </button>
      )}
      {opened !== null && (
        <>
          <label for={device}>Microphone or instrument</label>
          <select
            id={device}
            value={devices.value.find((known) => known.label === label)?.id ?? choice.value.device}
            onChange={({ currentTarget }) => choose({ device: currentTarget.value, inputs: 0 })}
          >
            {devices.value.map(({ id, label }) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
          {opened.inputs > 1 && (
            <>
              <label for={inputs}>Input</label>
              <select
                id={inputs}
                value={String(choice.value.inputs)}
                onChange={({ currentTarget: { value } }) =>
                  choose({ inputs: value === "stereo" ? "stereo" : Number(value) })
                }
              >
                {Array.from({ length: opened.inputs }, (_, at) => (
                  <option key={at} value={String(at)}>
                    {`Input ${at + 1}, mono`}
                  </option>
                ))}
                <option value="stereo">Inputs 1 and 2, stereo</option>
              </select>
            </>
          )}
          <fieldset>
            <legend>You play or speak</legend>
            <label>
              <input
                type="radio"
                name="mode"
                checked={!choice.value.speech}
                onChange={() => choose({ speech: false })}
              />
              with headphones: sound as it is
            </label>
            <label>
              <input type="radio" name="mode" checked={choice.value.speech} onChange={() => choose({ speech: true })} />
              by loudspeakers: speech, with echo taken out
            </label>
          </fieldset>
          <Level capture={opened} />
          {isBluetooth(label) && (
            <p class="small">
              This looks like Bluetooth: it holds sound back by a tenth of a second and more. A cable doesn't.
            </p>
          )}
          <label class="check">
            <input
              type="checkbox"
              checked={heard}
              onChange={({ currentTarget }) => {
                heard.value = currentTarget.checked;
                opened.hearYourself(heard.value);
              }}
            />
            Hear yourself, with headphones. Nobody else does.
          </label>
          <button type="button" class="plain" onClick={step}>
            {isOn ? "Use this one" : "Step on stage"}
          </button>
        </>
      )}
    </div>
  );
}

function Level({ capture }: { readonly capture: Capture }) {
  const level = useSignal(0);
  const clipped = useSignal(Number.NEGATIVE_INFINITY);

  useEffect(() => {
    const timer = setInterval(() => {
      const peak = capture.meter.peak();
      level.value = shown(peak);
      if (isClipping(peak)) clipped.value = performance.now();
    }, LOOK_MS);
    return () => clearInterval(timer);
  }, [capture, level, clipped]);

  const isClipped = performance.now() - clipped.value < CLIP_MS;
  return (
    <div class="level">
      <meter min={0} max={1} value={level} aria-label="How loud you are" />
      <p class="small" role="status">
        {isClipped ? <b>Too loud: turn the input down.</b> : sentence(level.value)}
      </p>
    </div>
  );
}

function sentence(level: number): string {
  if (level < 0.05) return "Nothing is heard yet. Play or say something.";
  return level < 0.4 ? "Quiet. A little more would do." : "This is heard well.";
}

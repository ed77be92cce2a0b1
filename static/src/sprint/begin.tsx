/** Beginning a sprint: for how long, to what prompt, and when. */

import { useSignal } from "@preact/signals";
import { sentenceOf, startSprint } from "../room/api";
import type { FormProps } from "../room/form";
import { draw } from "./prompts";

const MINUTES = [5, 10, 15, 25] as const;
const WAITS = [
  { seconds: 0, label: "now" },
  { seconds: 15, label: "in 15 seconds" },
  { seconds: 60, label: "in a minute" },
] as const;

export function Begin({ live, done }: FormProps) {
  const minutes = useSignal("10");
  const wait = useSignal(15);
  const prompt = useSignal("");
  const mistake = useSignal("");

  const begin = async (event: SubmitEvent) => {
    event.preventDefault();
    try {
      await startSprint(live.token(), live.id, {
        minutes: Number(minutes.value),
        prompt: prompt.value,
        wait: wait.value,
      });
      done();
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <form class="begin" onSubmit={begin}>
      <p>Everybody writes, by one clock. What was written isn't counted.</p>
      <label for="sprint-minutes">For how many minutes</label>
      <div class="buttons">
        <input
          id="sprint-minutes"
          type="number"
          min={1}
          max={240}
          required
          value={minutes}
          onInput={({ currentTarget }) => {
            minutes.value = currentTarget.value;
          }}
        />
        {MINUTES.map((choice) => (
          <button
            key={choice}
            type="button"
            class="quiet edged"
            aria-pressed={minutes.value === String(choice)}
            onClick={() => {
              minutes.value = String(choice);
            }}
          >
            {choice}
          </button>
        ))}
      </div>
      <label for="sprint-prompt">A prompt, if you like</label>
      <div class="buttons">
        <input
          id="sprint-prompt"
          maxLength={200}
          autocomplete="off"
          value={prompt}
          onInput={({ currentTarget }) => {
            prompt.value = currentTarget.value;
          }}
        />
        <button
          type="button"
          class="quiet edged"
          onClick={() => {
            prompt.value = draw(prompt.value);
          }}
        >
          Draw one
        </button>
      </div>
      <fieldset class="kinds">
        <legend>It begins</legend>
        {WAITS.map(({ seconds, label }) => (
          <label key={seconds}>
            <input
              type="radio"
              name="wait"
              checked={wait.value === seconds}
              onChange={() => {
                wait.value = seconds;
              }}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <div class="buttons">
        <button type="submit" class="plain">
          Write for {minutes} minutes
        </button>
        <span role="alert" class="small">
          {mistake}
        </span>
      </div>
    </form>
  );
}

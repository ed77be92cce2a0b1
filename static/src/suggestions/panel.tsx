/** What is suggested, beside the page, in the order of the text: each to be accepted or rejected, or all of somebody's at once. */

import type { PanelProps } from "../room/panels";
import { initial } from "../room/presence";
import type { Story } from "../story/story";
import type { Suggestion } from "./pieces";
import "./suggestions.css";

export default function Suggestions({ story }: PanelProps) {
  const opened = story.value;
  return (
    <>
      <h2 class="vh">Suggestions</h2>
      {opened === null ? <p class="threads small">The suggestions come with the page.</p> : <All story={opened} />}
    </>
  );
}

function All({ story }: { readonly story: Story }) {
  const { suggesting } = story;
  const { all, hidden, mayDecide, on } = suggesting;
  const suggestions = all.value;
  const members = [...new Set(suggestions.map(({ member }) => member))];

  return (
    <div class="suggestions">
      {mayDecide.value && (
        <label class="switch">
          <input
            type="checkbox"
            checked={on.value}
            onChange={({ currentTarget }) => {
              on.value = currentTarget.checked;
            }}
          />
          Suggest instead of writing
        </label>
      )}
      {on.value && (
        <p class="small">
          What you write and delete is proposed. Formatting, pictures and the ends of paragraphs are changed at once.
        </p>
      )}
      {!mayDecide.value && (
        <label class="switch">
          <input
            type="checkbox"
            checked={hidden.value}
            onChange={({ currentTarget }) => {
              hidden.value = currentTarget.checked;
            }}
          />
          Read without suggestions
        </label>
      )}
      {suggestions.length === 0 && <p class="small">Nothing is suggested on this page.</p>}
      {mayDecide.value && suggestions.length > 1 && (
        <div class="suggested-all">
          <div class="buttons">
            <button type="button" class="quiet" onClick={() => suggesting.decide(true, () => true)}>
              Accept all
            </button>
            <button type="button" class="quiet" onClick={() => suggesting.decide(false, () => true)}>
              Reject all
            </button>
          </div>
          {members.length > 1 &&
            members.map((member) => {
              const { name, hue } = suggesting.author(member);
              return (
                <div key={member} class="buttons" data-hue={hue}>
                  <b>{name}</b>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => suggesting.decide(true, (p) => p.member === member)}
                  >
                    Accept all of {name}
                  </button>
                  <button
                    type="button"
                    class="quiet"
                    onClick={() => suggesting.decide(false, (p) => p.member === member)}
                  >
                    Reject all of {name}
                  </button>
                </div>
              );
            })}
        </div>
      )}
      <ol>
        {suggestions.map((suggestion) => (
          <One key={`${suggestion.member} ${suggestion.id}`} suggestion={suggestion} story={story} />
        ))}
      </ol>
    </div>
  );
}

function One({ suggestion, story }: { readonly suggestion: Suggestion; readonly story: Story }) {
  const { suggesting } = story;
  const { name, hue } = suggesting.author(suggestion.member);
  const active = suggesting.active.value?.id === suggestion.id;
  return (
    <li class={active ? "suggestion active" : "suggestion"} data-hue={hue} aria-current={active}>
      <p class="by">
        <span class="face" aria-hidden="true">
          {initial(name)}
        </span>
        <b>{name}</b>
      </p>
      <button type="button" class="to-words" onClick={() => suggesting.goTo(suggestion)}>
        {suggestion.pieces.map(({ kind, text, from }) =>
          kind === "insertion" ? <ins key={from}>{text}</ins> : <del key={`del ${from}`}>{text}</del>,
        )}
      </button>
      {suggesting.mayDecide.value && (
        <div class="buttons">
          <button type="button" class="quiet" onClick={() => suggesting.decideOne(true, suggestion)}>
            Accept
          </button>
          <button type="button" class="quiet" onClick={() => suggesting.decideOne(false, suggestion)}>
            {suggestion.member === story.live.you.value?.id ? "Take it back" : "Reject"}
          </button>
        </div>
      )}
    </li>
  );
}

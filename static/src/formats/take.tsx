/** "Take it with you": the page that is shown as a file, in whatever form is of use, and what each is for. */

import { useSignal } from "@preact/signals";
import { sentenceOf, takeDocument, takeRoom } from "../room/api";
import type { FormProps } from "../room/form";
import { fileName, OUTGOING, type Outgoing } from "./formats";
import "./formats.css";
import { hand } from "./hand";

export function Take({ live, story }: FormProps) {
  const accepted = useSignal(false);
  const comments = useSignal(false);
  const said = useSignal("");
  const id = story.value?.id ?? live.room.value?.main ?? "";
  const kind = live.documents.value.find((document) => document.id === id)?.kind ?? "story";
  const offered = OUTGOING.filter(({ kinds }) => kinds?.includes(kind) ?? true);

  const receive = async (title: string, asking: Promise<Response>) => {
    said.value = `${title}: being put together…`;
    try {
      const response = await asking;
      const name = fileName(response.headers.get("Content-Disposition"));
      hand(await response.blob(), name);
      said.value = `${name} is on its way to your downloads.`;
    } catch (error) {
      said.value = sentenceOf(error);
    }
  };

  const take = ({ format, title }: Outgoing) => {
    const options = new URLSearchParams({ format, language: navigator.language || "und" });
    if (format === "html") options.set("whole", "true");
    if (accepted.value) options.set("suggestions", "accepted");
    if (comments.value && format === "docx") options.set("comments", "true");
    void receive(title, takeDocument(live.token(), live.id, id, options));
  };

  return (
    <>
      <ul class="files">
        {offered.map((offer) => (
          <li key={offer.format}>
            <div>
              <h3>{offer.title}</h3>
              <p class="small">{offer.means}</p>
            </div>
            <button
              type="button"
              class="quiet edged"
              aria-label={`Download as ${offer.title}`}
              onClick={() => take(offer)}
            >
              Download
            </button>
          </li>
        ))}
      </ul>
      <fieldset class="files-with">
        <legend class="vh">What is in it</legend>
        <label>
          <input
            type="checkbox"
            checked={accepted}
            onChange={({ currentTarget }) => {
              accepted.value = currentTarget.checked;
            }}
          />
          As if every suggestion were accepted
        </label>
        <label>
          <input
            type="checkbox"
            checked={comments}
            onChange={({ currentTarget }) => {
              comments.value = currentTarget.checked;
            }}
          />
          With the open comments, in the Word file
        </label>
      </fieldset>
      {live.you.value?.role === "lead" && (
        <ul class="files">
          <li>
            <div>
              <h3>The whole room</h3>
              <p class="small">
                Every page with its history and authors, comments, board and pictures. Another Tutti opens it from its
                lobby.
              </p>
            </div>
            <button
              type="button"
              class="quiet edged"
              aria-label="Download the whole room"
              onClick={() => void receive("The whole room", takeRoom(live.token(), live.id))}
            >
              Download
            </button>
          </li>
        </ul>
      )}
      <p role="status" class="small">
        {said}
      </p>
    </>
  );
}

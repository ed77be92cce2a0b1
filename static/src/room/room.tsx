/** The room: its surfaces (the page, and what stands beside it), and what is shown while it isn't there. */

import { type Signal, useComputed, useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChild } from "preact";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { Dialog } from "../design/dialog";
import { GonePage } from "../documents/gone";
import { useDrop } from "../formats/drop";
import { clearCopies } from "../offline/copies";
import { keepShell } from "../offline/shell";
import { SprintBar } from "../sprint/bar";
import { StageStrip } from "../stage/strip";
import type { Story } from "../story/story";
import { ClosedDoor } from "./door";
import { Ending, Kept, Stale, StoryEnding, ToTheLobby } from "./ending";
import { useFollowing } from "./following";
import { type Form, FormDialog } from "./form";
import { AskForThePen } from "./hands";
import { Invite } from "./invite";
import { Live } from "./live";
import { membershipOf, remember } from "./membership";
import { Menu } from "./menu";
import type { Present, RoomInfo } from "./model";
import { Notices } from "./notices";
import { People } from "./people";
import { Recovery } from "./recovery";
import { keepRenewed } from "./renewal";
import "./room.css";
import { Side } from "./side";
import { TopBar } from "./topbar";
import { Surfaces, Transport } from "./transport";

/** The editor is by far the largest part: it is on its way while the room says welcome. */
const loading = import("../story/page");
type StoryModule = Awaited<typeof loading>;

interface Props {
  readonly room: string;
  /** The document in the address; null for the one made with the room. */
  readonly document: string | null;
}

export function Room({ room, document }: Props) {
  const membership = useMemo(() => membershipOf(room), [room]);
  if (membership === null) {
    return (
      <main class="alone">
        <Ending alone title="You need a link for this room">
          <p>This browser hasn't been in this room yet. Ask somebody who is in it for a link, and open that.</p>
          <ToTheLobby />
        </Ending>
      </main>
    );
  }
  return <Entered room={room} document={document} />;
}

function Entered({ room, document }: Props) {
  const live = useMemo(() => new Live(room, () => membershipOf(room)?.token ?? ""), [room]);
  /** The words of the document closed last that nobody else has. */
  const lastWords = useSignal("");
  useEffect(() => () => live.close(), [live]);
  useEffect(() => keepRenewed(room), [room]);
  useSignalEffect(() => {
    if (live.phase.value === "here") keepShell();
  });
  useSignalEffect(() => {
    const info = live.room.value;
    const you = live.you.value;
    if (info !== null && you !== null) remember({ room, title: info.title, name: you.name, entered: Date.now() });
  });

  const info = live.room.value;
  if (live.phase.value === "ended") {
    return (
      <main class="alone">
        <Ending alone title={info?.title ?? "This room"}>
          <p>{live.farewell.value?.sentence}</p>
          <p>What you wrote is kept in this browser. For a new way in, ask somebody who is in the room for a link.</p>
          <Kept text={lastWords.value} />
          <ToTheLobby />
        </Ending>
      </main>
    );
  }
  if (info === null) {
    return (
      <main class="alone">
        <p role="status">{live.farewell.value?.sentence ?? "Opening the room…"}</p>
      </main>
    );
  }
  return <Inside live={live} room={info} start={document} lastWords={lastWords} />;
}

interface InsideProps {
  readonly live: Live;
  readonly room: RoomInfo;
  readonly start: string | null;
  readonly lastWords: Signal<string>;
}

function Inside({ live, room, start, lastWords }: InsideProps) {
  const asked = useSignal(start);
  const surface = useSignal<"page" | "side">("page");
  const panel = useSignal("board");
  const shown = useRef("board");
  const instead = useSignal<ComponentChild>(null);
  const people = useSignal(false);
  const inviting = useSignal(false);
  const mistake = useSignal("");
  const module = useSignal<StoryModule | null>(null);
  const document = useComputed(() => (asked.value === null || asked.value === "main" ? room.main : asked.value));
  const known = useComputed(() => live.documents.value.some(({ id }) => id === document.value));
  const story = useSignal<Story | null>(null);
  /** What a door that closed found unsent in this tab. */
  const left = useSignal("");
  const saved = useComputed(
    () => story.value?.words.value.word ?? (live.stale.value || live.shut.value || !known.value ? "" : "Opening…"),
  );

  // The document that is shown is opened when it can be, and closed when another one is.
  useSignalEffect(() => {
    if (module.value === null || live.stale.value || live.shut.value || !known.value) return;
    const opened = new module.value.Story(live, document.value);
    story.value = opened;
    return () => {
      lastWords.value = opened.uncommittedText();
      if (live.shut.peek() && lastWords.peek() !== "") left.value = lastWords.peek();
      story.value = null;
      opened.close();
    };
  });
  // A closed door is closed for what this browser kept, too.
  useSignalEffect(() => {
    if (live.shut.value) void clearCopies(room.room);
  });

  useEffect(() => {
    loading.then(
      (loaded) => {
        module.value = loaded;
      },
      () => {
        mistake.value = "A part of this page couldn't be loaded. Reload it to write.";
      },
    );
    const back = () => {
      asked.value = documentInAddress();
    };
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, [module, mistake, asked]);

  const info = live.documents.value.find(({ id }) => id === document.value);
  useEffect(() => {
    globalThis.document.title =
      info === undefined || info.id === room.main ? `${room.title} · Tutti` : `${info.title} · ${room.title} · Tutti`;
  }, [room, info]);

  const show = (id: string) => {
    history.pushState(null, "", `/room/${room.room}/${id}`);
    asked.value = id;
    surface.value = "page";
  };
  const followed = useFollowing({ live, story, document, show });
  const following = {
    ...followed,
    follow: (person: Present) => {
      people.value = false;
      surface.value = "page";
      followed.follow(person);
    },
  };
  const go = (id: string) => {
    followed.stop();
    show(id);
  };
  // On a phone, what is asked for takes the page's place.
  useSignalEffect(() => {
    const asked = panel.value;
    if (asked !== shown.current) surface.value = "side";
    shown.current = asked;
  });
  // So is a comment that was begun, also where the comments were shown last.
  useSignalEffect(() => {
    if (story.value?.conversation.draft.value != null) surface.value = "side";
  });
  // An old page is read where the page is.
  useSignalEffect(() => {
    if (instead.value !== null) surface.value = "page";
  });
  const meet = () => {
    people.value = true;
  };
  const form = useSignal<Form | null>(null);
  const ask = (wanted: Form) => {
    form.value = wanted;
  };
  useDrop(live, ask, mistake);
  const invite = () => {
    people.value = false;
    inviting.value = true;
  };

  return (
    <div class="room" data-surface={surface}>
      <a class="skip" href="#paper">
        To the page
      </a>
      <TopBar
        live={live}
        room={room}
        document={document.value}
        saved={saved}
        mistake={mistake}
        show={go}
        ask={ask}
        following={following}
        onPeople={meet}
        onInvite={invite}
      >
        <Menu live={live} story={story.value} panel={panel} mistake={mistake} ask={ask} />
      </TopBar>
      <Notices live={live} story={story.value} left={left} mistake={mistake} following={following} onPeople={meet} />
      <StageStrip live={live} mistake={mistake} />
      <SprintBar live={live} story={story} mistake={mistake} />
      <main class="surfaces">
        <section class="paper" id="paper" tabIndex={-1} aria-label="Page">
          {instead}
          <Paper
            live={live}
            room={room}
            document={document.value}
            title={info?.title}
            story={story}
            module={module}
            panel={panel}
            left={left}
            mistake={mistake}
          />
        </section>
        <Side live={live} story={story} show={go} panel={panel} instead={instead} />
      </main>
      <Transport live={live} story={story} ask={ask}>
        <Surfaces live={live} surface={surface} panel={panel} />
      </Transport>
      <FormDialog form={form} live={live} story={story} show={go} />
      <Dialog open={people} title="Who is here">
        <People live={live} following={following} onInvite={invite} />
      </Dialog>
      <Dialog open={inviting} title="Invite">
        <Invite live={live} />
      </Dialog>
      <Recovery room={room.room} />
    </div>
  );
}

interface PaperProps {
  readonly live: Live;
  readonly room: RoomInfo;
  readonly document: string;
  readonly title: string | undefined;
  readonly story: Signal<Story | null>;
  readonly module: Signal<StoryModule | null>;
  readonly panel: Signal<string>;
  readonly left: Signal<string>;
  readonly mistake: Signal<string>;
}

function Paper({ live, room, document, title, story, module, panel, left, mistake }: PaperProps) {
  if (live.shut.value) return <ClosedDoor live={live} lastWords={left.value} />;
  if (title === undefined) return <GonePage live={live} document={document} main={room.main} />;
  if (live.stale.value) return <Stale live={live} document={document} />;
  const opened = story.value;
  if (opened === null || module.value === null) return <p class="waiting">Opening the page…</p>;
  const code = opened.ended.value;
  if (code === 4404) return <GonePage live={live} document={document} main={room.main} />;
  if (code !== null) return <StoryEnding story={opened} code={code} />;
  const { Page } = module.value;
  return (
    <>
      {!live.write.value && <AskForThePen live={live} mistake={mistake} />}
      <Page key={opened.id} story={opened} title={title} panel={panel} />
    </>
  );
}

function documentInAddress(): string | null {
  return location.pathname.split("/")[3] ?? null;
}

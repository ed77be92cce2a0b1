/** Blocks of an old page, to be read: never bound to a document, and nothing in them can be pressed. */

import type { ComponentChildren } from "preact";
import type { Block, Person, Run } from "./model";

export type People = ReadonlyMap<string, Person>;

const MARKS: Readonly<Record<string, string>> = {
  bold: "bold",
  italic: "italic",
  strike: "strike",
  underline: "underline",
  code: "code",
  link: "linked",
};

interface BlockProps {
  readonly block: Block;
  readonly people: People;
  /** Whether each passage says whose it is. */
  readonly named?: boolean;
  /** The only one whose passages are tinted; null for everybody. */
  readonly only?: string | null;
}

export function ReadBlock({ block, people, named = false, only = null }: BlockProps) {
  const content = (block.runs ?? []).map((run, at) => (
    <Passage
      key={at}
      run={run}
      who={run.member === undefined ? undefined : people.get(run.member)}
      named={named}
      only={only}
    />
  ));
  return (
    <Place block={block}>
      <Shape block={block}>{content}</Shape>
    </Place>
  );
}

/** How deep a block lies, in classes: a style attribute would be against the content security policy. */
function Place({ block, children }: { readonly block: Block; readonly children: ComponentChildren }) {
  const { depth = 0, quote = false, marker, number } = block;
  if (depth === 0 && !quote) return <>{children}</>;
  return (
    <div class={`within ${quote ? "quoted" : ""}`} data-depth={Math.min(depth, 6)}>
      {marker !== undefined && <span class="item-mark">{marker === "number" ? `${number ?? 1}.` : "•"}</span>}
      {children}
    </div>
  );
}

function Shape({ block, children }: { readonly block: Block; readonly children: ComponentChildren }) {
  switch (block.kind) {
    case "heading":
      if (block.level === 2) return <h2>{children}</h2>;
      return block.level === 3 ? <h3>{children}</h3> : <h1>{children}</h1>;
    case "codeBlock":
      return <pre>{children}</pre>;
    case "horizontalRule":
    case "pageBreak":
      return <hr />;
    case "image":
      return <p class="picture">Picture: {children}</p>;
    default:
      return <p class={block.kind}>{children}</p>;
  }
}

interface PassageProps {
  readonly run: Run;
  readonly who: Person | undefined;
  readonly named: boolean;
  readonly only: string | null;
}

function Passage({ run, who, named, only }: PassageProps) {
  const { text, marks = [], change } = run;
  const classes = marks.flatMap((mark) => MARKS[mark] ?? []);
  const name = who?.name ?? "Somebody";
  const hue = who?.hue ?? 7;
  if (change === "added") {
    return (
      <ins class={classes.join(" ")} data-hue={hue} title={`${name} wrote this`}>
        {text}
      </ins>
    );
  }
  if (change === "removed") {
    return (
      <del class={classes.join(" ")} data-hue={hue} title={`${name} had written this`}>
        {text}
      </del>
    );
  }
  if (!named) return <span class={classes.join(" ")}>{text}</span>;
  if (only !== null && only !== who?.id) return <span class={classes.join(" ")}>{text}</span>;
  return (
    <span class={["by", ...classes].join(" ")} data-hue={hue} data-name={name} tabIndex={-1}>
      <span class="vh">{name}: </span>
      {text}
    </span>
  );
}

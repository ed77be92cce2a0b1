/** The pen between those who ask for it and those who may give it: the line at the edge of the page, and the notices. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { lend, sentenceOf, takeBack } from "./api";
import { useNow } from "./clock";
import "./hands.css";
import type { Live } from "./live";
import type { Loan, Present } from "./model";
import { Notice } from "./notices";
import { asking, LENT_AT_ONCE, minutes, penOnLoan, timeLeft } from "./pen";

interface Props {
  readonly live: Live;
  readonly mistake: Signal<string>;
}

/** Where others have their tools: who reads along can ask for the pen. */
export function AskForThePen({ live, mistake }: Props) {
  const you = live.you.value;
  const busy = useSignal(false);
  const up = live.here.value.some(({ id, hand }) => id === you?.id && hand !== null);

  const raise = async (up: boolean) => {
    busy.value = true;
    try {
      await live.raise(up);
    } catch (error) {
      mistake.value = sentenceOf(error);
    } finally {
      busy.value = false;
    }
  };

  return (
    <div class="asking">
      <p role="status">
        {up ? "You asked for the pen. Whoever leads sees it." : "You can read along. Ask for the pen?"}
      </p>
      <button
        type="button"
        class={up ? "quiet" : "plain"}
        disabled={busy.value || live.phase.value !== "here"}
        onClick={() => raise(!up)}
      >
        {up ? "Never mind" : "Ask for it"}
      </button>
    </div>
  );
}

interface NoticesProps extends Props {
  readonly onPeople: () => void;
  /** Whether a pen on loan is gone and nobody has read so yet. */
  readonly wentBack: boolean;
  readonly read: () => void;
}

/** What there is to say about the pen: to whom it was lent, and to those who may lend it. */
export function PenNotices({ live, mistake, onPeople, wentBack, read }: NoticesProps) {
  const you = live.you.value;
  const loan = you === null ? null : penOnLoan(you);
  return (
    <>
      {you?.grants.includes("moderate") && <Hands live={live} mistake={mistake} onPeople={onPeople} />}
      {you !== null && loan !== null && (
        <Lent key={loan.until} live={live} you={you.id} loan={loan} mistake={mistake} />
      )}
      {wentBack && (
        <Notice>
          <span>The pen went back.</span>
          <button type="button" class="quiet" onClick={read}>
            All right
          </button>
        </Notice>
      )}
    </>
  );
}

/** One who asks is answered at a time: the others are in the list of people. */
function Hands({ live, mistake, onPeople }: Omit<NoticesProps, "wentBack" | "read">) {
  const notNow = useSignal<ReadonlySet<string>>(new Set());
  const [first, ...others] = asking(live.here.value).filter((present) => !notNow.value.has(raised(present)));
  if (first === undefined) return null;

  const give = async () => {
    try {
      await lend(live.token(), live.id, first.id, "write", LENT_AT_ONCE);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <Notice>
      <span>
        <b class="person" data-hue={first.hue}>
          {first.name}
        </b>{" "}
        would like the pen.
      </span>
      <span class="buttons">
        <button type="button" class="plain" onClick={give}>
          Give it for {LENT_AT_ONCE} min
        </button>
        <button
          type="button"
          class="quiet"
          onClick={() => {
            notNow.value = new Set([...notNow.value, raised(first)]);
          }}
        >
          Not now
        </button>
        {others.length > 0 && (
          <button type="button" class="quiet" onClick={onPeople}>
            See who else asks
          </button>
        )}
      </span>
    </Notice>
  );
}

/** A hand that was taken down and raised again is asked about again. */
const raised = ({ id, hand }: Present): string => `${id} ${hand}`;

interface LentProps extends Props {
  readonly you: string;
  readonly loan: Loan;
}

function Lent({ live, you, loan, mistake }: LentProps) {
  const now = useNow();
  const whole = useRef(minutes(loan.until - Date.now()));

  const giveBack = async () => {
    try {
      await takeBack(live.token(), live.id, you, "write");
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <Notice>
      <span>You have the pen for {whole.current}.</span>
      {/* The time goes by in silence: a timer isn't read aloud by itself. */}
      <span role="timer" class="small">
        {timeLeft(loan.until - now.value)}
      </span>
      <button type="button" class="quiet" onClick={giveBack}>
        Give it back
      </button>
    </Notice>
  );
}

/** Whether a pen on loan is gone: said until it is read. */
export function useWentBack(live: Live): Signal<boolean> {
  const you = live.you.value;
  const lent = you !== null && penOnLoan(you) !== null;
  const had = useRef(false);
  const gone = useSignal(false);

  useEffect(() => {
    gone.value = !live.write.peek() && (gone.peek() || (had.current && !lent));
    had.current = lent;
  }, [lent, gone, live]);
  useSignalEffect(() => {
    if (live.write.value) gone.value = false;
  });
  return gone;
}

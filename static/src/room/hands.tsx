/** The pen and the microphone between those who ask for one and those who may give it: the way to ask, and the notices. */

import { type Signal, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { lend, sentenceOf, takeBack } from "./api";
import { useNow } from "./clock";
import "./hands.css";
import type { Live } from "./live";
import { asking, LENT_AT_ONCE, minutes, onLoan, THINGS, type Thing, timeLeft, wanted } from "./loans";
import type { Loan, Present } from "./model";
import { Notice } from "./notices";

interface Props {
  readonly live: Live;
  readonly mistake: Signal<string>;
}

/** Whether one's own hand is up for this, and how to raise it or take it down. */
function useHand({ live, mistake }: Props, thing: Thing) {
  const busy = useSignal(false);
  const up = live.here.value.some((present) => present.id === live.you.value?.id && wanted(present) === thing);
  const turn = async () => {
    busy.value = true;
    try {
      await live.raise(up ? null : thing);
    } catch (error) {
      mistake.value = sentenceOf(error);
    } finally {
      busy.value = false;
    }
  };
  return { up, turn, disabled: busy.value || live.phase.value !== "here" };
}

/** Where others have their tools: who reads along can ask for the pen. */
export function AskForThePen(props: Props) {
  const { up, turn, disabled } = useHand(props, "write");
  return (
    <div class="asking">
      <p role="status">
        {up ? "You asked for the pen. Whoever leads sees it." : "You can read along. Ask for the pen?"}
      </p>
      <button type="button" class={up ? "quiet" : "plain"} disabled={disabled} onClick={turn}>
        {up ? "Never mind" : "Ask for it"}
      </button>
    </div>
  );
}

/** At the stage: who only listens can ask for the microphone. */
export function AskForTheMicrophone(props: Props) {
  const { up, turn, disabled } = useHand(props, "speak");
  return (
    <button type="button" class="quiet" aria-pressed={up} disabled={disabled} onClick={turn}>
      {up ? "You asked for the microphone: never mind" : "Ask for the microphone"}
    </button>
  );
}

interface NoticesProps extends Props {
  readonly onPeople: () => void;
  /** Whether a pen on loan is gone and nobody has read so yet. */
  readonly wentBack: boolean;
  readonly read: () => void;
}

/** What there is to say about the pen and the microphone: to whom one was lent, and to those who may lend it. */
export function HandNotices({ live, mistake, onPeople, wentBack, read }: NoticesProps) {
  const you = live.you.value;
  return (
    <>
      {you?.grants.includes("moderate") && <Hands live={live} mistake={mistake} onPeople={onPeople} />}
      {you !== null &&
        (["write", "speak"] as const).map((thing) => {
          const loan = onLoan(you, thing);
          return (
            loan && (
              <Lent
                key={`${thing} ${loan.until}`}
                live={live}
                you={you.id}
                thing={thing}
                loan={loan}
                mistake={mistake}
              />
            )
          );
        })}
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
  const thing = first && wanted(first);
  if (!first || !thing) return null;

  const give = async () => {
    try {
      await lend(live.token(), live.id, first.id, thing, LENT_AT_ONCE);
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
        would like {THINGS[thing]}.
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
  readonly thing: Thing;
  readonly loan: Loan;
}

function Lent({ live, you, thing, loan, mistake }: LentProps) {
  const now = useNow();
  const whole = useRef(minutes(loan.until - Date.now()));

  const giveBack = async () => {
    try {
      await takeBack(live.token(), live.id, you, loan.grant);
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
  };

  return (
    <Notice>
      <span>
        You have {THINGS[thing]} for {whole.current}.
      </span>
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
  const lent = you !== null && onLoan(you, "write") !== null;
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

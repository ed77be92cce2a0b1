/** Somebody who is here, and what those who may can do about it: each in two steps, and the second says what happens. */

import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useId, useRef } from "preact/hooks";
import { lend, removeMember, sentenceOf, setRole, takeBack } from "./api";
import { useNow } from "./clock";
import type { Following } from "./following";
import type { Live } from "./live";
import { LENT_FOR, onLoan, THINGS, timeLeft, wanted } from "./loans";
import type { Loan, Member, Present, Role } from "./model";
import { initial, writes } from "./presence";

const DOES: Readonly<Record<Role, string>> = {
  lead: "leads",
  "co-lead": "leads too",
  contributor: "writes",
  spectator: "reads along",
};

const ROLES: readonly { readonly role: Role; readonly label: string }[] = [
  { role: "spectator", label: "reads along" },
  { role: "contributor", label: "writes" },
  { role: "co-lead", label: "leads with you" },
  { role: "lead", label: "leads: may hand the room on" },
];

type Step = "pen" | "microphone" | "more" | "out";

interface Props {
  readonly live: Live;
  readonly you: Member;
  readonly present: Present;
  readonly following: Following;
  readonly mistake: Signal<string>;
  /** For who isn't here: what is known of them changes with nothing that the room tells. */
  readonly onChanged?: () => void;
}

export function Person({ live, you, present, following, mistake, onChanged }: Props) {
  const step = useSignal<Step | null>(null);
  const row = useRef<HTMLLIElement>(null);
  const panel = useId();
  const { name, hue, role, looks } = present;
  const page = live.documents.value.find((document) => document.id === looks);
  const loan = onLoan(present, "write");
  const microphone = onLoan(present, "speak");
  const wish = wanted(present);
  const mayChange = you.grants.includes("moderate") && (role !== "lead" || you.role === "lead");
  const followed = following.whom.value?.id === present.id;

  const change = async (doing: Promise<unknown>) => {
    try {
      await doing;
      mistake.value = "";
    } catch (error) {
      mistake.value = sentenceOf(error);
    }
    onChanged?.();
    step.value = null;
    row.current?.querySelector("button")?.focus();
  };

  // Putting somebody out is a step of what more there is.
  const isOpen = (which: Step) => step.value === which || (which === "more" && step.value === "out");
  const opens = (which: Step, label: string) => (
    <button
      type="button"
      class="quiet"
      aria-label={`${label}: ${name}`}
      aria-expanded={isOpen(which)}
      aria-controls={panel}
      onClick={() => {
        step.value = isOpen(which) ? null : which;
      }}
    >
      {label}
    </button>
  );

  return (
    <li ref={row} class="person-row">
      <span class="face" data-hue={hue} aria-hidden="true">
        {initial(name)}
      </span>
      <span class="who">
        <b>{name}</b>{" "}
        <span class="small">
          {loan === null ? DOES[role] : <Borrowed what={THINGS.write} loan={loan} />}
          {microphone !== null && (
            <>
              , <Borrowed what={THINGS.speak} loan={microphone} />
            </>
          )}
          {wish !== null && `, asks for ${THINGS[wish]}`}
          {page !== undefined && `, looks at ${page.title}`}
        </span>
      </span>
      <span class="doings">
        {writes(present) && onChanged === undefined && (
          <button
            type="button"
            class="quiet"
            aria-label={followed ? `Stop following: ${name}` : `Follow: ${name}`}
            onClick={() => (followed ? following.stop() : following.follow(present))}
          >
            {followed ? "Stop following" : "Follow"}
          </button>
        )}
        {mayChange && (
          <>
            {role === "spectator" && opens("pen", loan === null ? "Give the pen" : "Take the pen back")}
            {role === "contributor" && opens("pen", "Take the pen")}
            {role === "spectator" &&
              (microphone !== null || live.stage.value.length > 0 || wish === "speak") &&
              opens("microphone", microphone === null ? "Give the microphone" : "Take the microphone back")}
            {opens("more", "More")}
          </>
        )}
      </span>
      <div id={panel} class="step" hidden={step.value === null}>
        {step.value === "pen" && <Pen live={live} present={present} loan={loan} change={change} />}
        {step.value === "microphone" && <Microphone live={live} present={present} loan={microphone} change={change} />}
        {step.value === "more" && (
          <ChangeRole live={live} you={you} present={present} change={change}>
            <button
              type="button"
              class="edged"
              onClick={() => {
                step.value = "out";
              }}
            >
              Put {name} out…
            </button>
          </ChangeRole>
        )}
        {step.value === "out" && <Out live={live} present={present} change={change} />}
      </div>
    </li>
  );
}

function Borrowed({ what, loan }: { readonly what: string; readonly loan: Loan }) {
  const now = useNow();
  return (
    <>
      has {what}, {timeLeft(loan.until - now.value)}
    </>
  );
}

interface StepProps {
  readonly live: Live;
  readonly present: Present;
  readonly change: (doing: Promise<unknown>) => Promise<void>;
}

interface DoingProps {
  readonly quiet?: boolean;
  readonly run: () => void;
  readonly children: ComponentChildren;
}

const Doing = ({ quiet = false, run, children }: DoingProps) => (
  <button type="button" class={quiet ? "edged" : "plain"} onClick={run}>
    {children}
  </button>
);

interface LoanProps extends StepProps {
  readonly loan: Loan | null;
}

function Microphone({ live, present: { id, name }, loan, change }: LoanProps) {
  if (loan !== null) {
    return (
      <>
        <p class="small">{name} leaves the stage.</p>
        <Doing run={() => change(takeBack(live.token(), live.id, id, loan.grant))}>Take it back now</Doing>
      </>
    );
  }
  return (
    <>
      <p class="small">Let {name} step on stage…</p>
      {LENT_FOR.map((minutes) => (
        <Doing key={minutes} quiet run={() => change(lend(live.token(), live.id, id, "speak", minutes))}>
          for {minutes} min
        </Doing>
      ))}
    </>
  );
}

function Pen({ live, present: { id, name, role }, loan, change }: LoanProps) {
  const become = (role: Role) => change(setRole(live.token(), live.id, id, role));

  if (role === "contributor") {
    return (
      <>
        <p class="small">{name} reads along from now on. What they wrote stays.</p>
        <Doing run={() => become("spectator")}>Take the pen from {name}</Doing>
      </>
    );
  }
  if (loan !== null) {
    return (
      <>
        <p class="small">{name} reads along again. What they wrote stays.</p>
        <Doing run={() => change(takeBack(live.token(), live.id, id, "write"))}>Take it back now</Doing>
      </>
    );
  }
  return (
    <>
      <p class="small">Give {name} the pen…</p>
      {LENT_FOR.map((minutes) => (
        <Doing key={minutes} quiet run={() => change(lend(live.token(), live.id, id, "write", minutes))}>
          for {minutes} min
        </Doing>
      ))}
      <Doing quiet run={() => become("contributor")}>
        until you take it back
      </Doing>
    </>
  );
}

interface RoleProps extends StepProps {
  readonly you: Member;
  /** What more there is. */
  readonly children: ComponentChildren;
}

function ChangeRole({ live, you, present, change, children }: RoleProps) {
  const chosen = useSignal<Role>(present.role);
  const field = useId();
  const roles = ROLES.filter(({ role }) => role !== "lead" || you.role === "lead");
  return (
    <>
      <label for={field}>What {present.name} does here</label>
      <select
        id={field}
        value={chosen}
        onChange={({ currentTarget }) => {
          chosen.value = currentTarget.value as Role;
        }}
      >
        {roles.map(({ role, label }) => (
          <option key={role} value={role}>
            {label}
          </option>
        ))}
      </select>
      <button
        type="button"
        class="plain"
        disabled={chosen.value === present.role}
        onClick={() => change(setRole(live.token(), live.id, present.id, chosen.value))}
      >
        From now on
      </button>
      {children}
    </>
  );
}

function Out({ live, present: { id, name }, change }: StepProps) {
  return (
    <>
      <p class="small">{name} is out at once, and this way in is theirs no more. What they wrote stays.</p>
      <Doing run={() => change(removeMember(live.token(), live.id, id))}>Put {name} out</Doing>
      <Doing quiet run={() => change(removeMember(live.token(), live.id, id, true))}>
        …and close the way they came by
      </Doing>
    </>
  );
}

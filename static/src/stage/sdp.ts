/** What an offer to the stage asks for beyond what the browser writes: packets of 10 ms, stereo, a bit rate for music. Text alone. */

export interface Wish {
  readonly stereo: boolean;
  /** Silence needs no packets: for speech alone, since music fades. */
  readonly speech: boolean;
}

const MUSIC_BITS = 96_000;
const SPEECH_BITS = 40_000;
const PACKET_MS = 10;

/** The offer with the wishes of each line of sound. What we send follows the first one's answer; what comes may be stereo always. */
export function tuned(offer: string, { stereo, speech }: Wish): string {
  const [head = "", ...lines] = offer.split(/^(?=m=)/m);
  return (
    head + lines.map((line) => (isSending(line) ? asked(line, stereo, speech) : asked(line, true, false))).join("")
  );
}

function isSending(line: string): boolean {
  return line.includes("a=sendonly") || line.includes("a=sendrecv");
}

function asked(line: string, stereo: boolean, speech: boolean): string {
  const type = /^a=rtpmap:(\d+) opus\/48000\/2/m.exec(line)?.[1];
  if (type === undefined) return line;
  const bits = (speech ? SPEECH_BITS : MUSIC_BITS) * (stereo ? 2 : 1);
  const wish = `maxaveragebitrate=${bits};usedtx=${+speech}${stereo ? ";stereo=1;sprop-stereo=1" : ""}`;
  const tuned = line.replace(
    new RegExp(`^(a=fmtp:${type} )(.*)$`, "m"),
    (_, name, said) => `${name}${said.trimEnd()};${wish}`,
  );
  return `${tuned.trimEnd()}\r\na=ptime:${PACKET_MS}\r\n`;
}

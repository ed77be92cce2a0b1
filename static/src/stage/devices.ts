/** Microphones and instruments: asking for one, listing them, and a sentence for each way in which that fails. */

import { StudioError } from "../room/api";

export interface Device {
  readonly id: string;
  readonly label: string;
}

/** Which input of a device is heard: one, counted from 0, or both of a pair. */
export type Inputs = number | "stereo";

export interface Choice {
  /** Empty for the one that the browser prefers. */
  readonly device: string;
  readonly inputs: Inputs;
  /** For people without headphones: the browser takes echo and noise out, and much of any music with them. */
  readonly speech: boolean;
}

const KEY = "tutti.microphone";
const FIRST: Choice = { device: "", inputs: 0, speech: false };
const MOST_INPUTS = 8;

/** What was chosen last on this device. */
export function lastChoice(): Choice {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? "null") as Partial<Choice> | null;
    return { ...FIRST, ...kept };
  } catch {
    return FIRST;
  }
}

export function keepChoice(choice: Choice): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(choice));
  } catch {
    // Storage is blocked or full: it is asked again next time.
  }
}

/** Raises StudioError with what to do about it. */
export async function openMicrophone({ device, speech }: Choice): Promise<MediaStream> {
  if (!isSecureContext || navigator.mediaDevices === undefined) {
    throw new StudioError(
      "insecure",
      "Browsers give no microphone to a page without https. Whoever runs this studio can start it with --tls self-signed; then open it by https://.",
    );
  }
  const constraints: MediaTrackConstraints = {
    echoCancellation: speech,
    noiseSuppression: speech,
    autoGainControl: speech,
    channelCount: { ideal: MOST_INPUTS },
    sampleRate: { ideal: 48_000 },
    ...(device === "" ? {} : { deviceId: { exact: device } }),
  };
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: constraints });
  } catch (error) {
    if (device !== "" && error instanceof DOMException && /NotFound|Overconstrained/.test(error.name)) {
      return openMicrophone({ ...FIRST, speech }); // it isn't plugged in today
    }
    throw trouble(error);
  }
}

/** Names are only told once the microphone was allowed. */
export async function microphones(): Promise<readonly Device[]> {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all
    .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "communications")
    .map(({ deviceId, label }, at) => ({ id: deviceId, label: label || `Microphone ${at + 1}` }));
}

/** Bluetooth's way for microphones takes 100 ms and more, and narrows what is heard. */
export function isBluetooth(label: string): boolean {
  return /bluetooth|airpods|hands-?free|buds|\bBT\b/i.test(label);
}

function trouble(error: unknown): StudioError {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") {
    return new StudioError(
      "not_allowed",
      "This browser wasn't allowed to use the microphone. Allow it by the sign beside the address, and try again.",
    );
  }
  if (name === "NotFoundError" || name === "OverconstrainedError") {
    return new StudioError("no_device", "No microphone was found. Plug one in, and try again.");
  }
  if (name === "NotReadableError" || name === "AbortError") {
    return new StudioError(
      "busy_device",
      "The microphone can't be opened: another program may have it. Close that, and try again.",
    );
  }
  return new StudioError("no_device", "The microphone can't be opened in this browser.");
}

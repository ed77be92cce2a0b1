/** The sound at a sprint's end, for who asked for it: two soft notes, made here, so that nothing has to be loaded. */

const KEY = "tutti.bell";
const NOTES_HZ = [659.25, 880];
const APART_S = 0.35;
const LONG_S = 1.6;

export function isAskedFor(): boolean {
  try {
    return localStorage.getItem(KEY) === "yes";
  } catch {
    return false;
  }
}

export function askFor(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(KEY, "yes");
    else localStorage.removeItem(KEY);
  } catch {
    // Storage is blocked: it holds as long as the page.
  }
}

export function ring(): void {
  const audio = new AudioContext();
  NOTES_HZ.forEach((frequency, index) => {
    const from = audio.currentTime + index * APART_S;
    const note = new OscillatorNode(audio, { frequency });
    const loudness = new GainNode(audio, { gain: 0 });
    loudness.gain.setValueAtTime(0, from);
    loudness.gain.linearRampToValueAtTime(0.12, from + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.0001, from + LONG_S);
    note.connect(loudness).connect(audio.destination);
    note.start(from);
    note.stop(from + LONG_S);
    note.onended = () => {
      if (index === NOTES_HZ.length - 1) void audio.close();
    };
  });
}

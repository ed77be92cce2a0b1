/** How loud a sound is, measured where it passes. */

/** Below this nothing is shown. */
const FLOOR_DB = -60;
const CLIPS = 0.985;

export class Meter {
  readonly node: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;

  constructor(context: BaseAudioContext) {
    this.node = new AnalyserNode(context, { fftSize: 4096 });
    this.#samples = new Float32Array(this.node.fftSize);
  }

  /** The highest sample of the last 85 ms. */
  peak(): number {
    this.node.getFloatTimeDomainData(this.#samples);
    let peak = 0;
    for (const sample of this.#samples) peak = Math.max(peak, Math.abs(sample));
    return peak;
  }
}

/** A peak on the scale that ears have: 0 for silence, 1 for as loud as can be. */
export function shown(peak: number): number {
  const db = 20 * Math.log10(Math.max(peak, 1e-6));
  return Math.min(1, Math.max(0, 1 - db / FLOOR_DB));
}

export const isClipping = (peak: number): boolean => peak >= CLIPS;

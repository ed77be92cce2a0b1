/**
 * Keeps the sum of everybody below full scale, without looking ahead: the browser's own compressor holds sound back by 6 ms.
 * Runs in the audio thread. The gain follows the signal itself down, so there is no step, and rises again in 200 ms.
 */

const CEILING = 0.97;
const RELEASE_S = 0.2;

class Limiter extends AudioWorkletProcessor {
  #envelope = 0;
  readonly #decay = Math.exp(-1 / (RELEASE_S * sampleRate));

  override process([input]: Float32Array[][], [output]: Float32Array[][]): boolean {
    const first = output?.[0];
    if (input === undefined || output === undefined || first === undefined || input.length === 0) return true;
    for (let at = 0; at < first.length; at++) {
      let peak = 0;
      for (const channel of input) peak = Math.max(peak, Math.abs(channel[at] ?? 0));
      this.#envelope = Math.max(peak, this.#envelope * this.#decay);
      const gain = this.#envelope > CEILING ? CEILING / this.#envelope : 1;
      for (let index = 0; index < output.length; index++) {
        const channel = output[index];
        if (channel !== undefined) channel[at] = ((input[index] ?? input[0])?.[at] ?? 0) * gain;
      }
    }
    return true;
  }
}

registerProcessor("limiter", Limiter);

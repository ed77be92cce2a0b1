/** A person's own sound: the device, the input of it that was chosen, a meter, and a way to hear oneself that nobody else hears. */

import { type Choice, type Inputs, openMicrophone } from "./devices";
import { Meter } from "./meter";

export class Capture {
  readonly meter: Meter;
  /** How many inputs the device has. */
  readonly inputs: number;
  readonly label: string;
  /** What is sent. */
  readonly track: MediaStreamTrack;
  readonly stereo: boolean;
  readonly #stream: MediaStream;
  readonly #context: AudioContext;
  readonly #source: AudioNode;
  readonly #chosen: AudioNode;
  #heard = false;

  private constructor(
    context: AudioContext,
    stream: MediaStream,
    readonly choice: Choice,
    onUnplugged: () => void,
  ) {
    const [track] = stream.getAudioTracks();
    if (track === undefined) throw new Error("a microphone has a track");
    this.#context = context;
    this.#stream = stream;
    this.label = track.label;
    this.inputs = track.getSettings().channelCount ?? 1;
    track.onended = onUnplugged;
    const source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#source = source;
    const inputs: Inputs = choice.inputs !== "stereo" && choice.inputs >= this.inputs ? 0 : choice.inputs;
    this.stereo = inputs === "stereo" && this.inputs > 1;
    if (this.inputs === 1 || this.stereo) {
      // The browser's own way from the device to the wire is the shortest: nothing of Web Audio is in it.
      this.#chosen = source;
      this.track = track;
    } else {
      const splitter = new ChannelSplitterNode(context, { numberOfOutputs: this.inputs });
      const one = new GainNode(context, { channelCount: 1, channelCountMode: "explicit" });
      const out = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      source.connect(splitter).connect(one, inputs === "stereo" ? 0 : inputs);
      one.connect(out);
      this.#chosen = one;
      this.track = out.stream.getAudioTracks()[0] ?? track;
    }
    // Says to the encoder that this is no call: it may spend its bits on all of what ears hear.
    this.track.contentHint = choice.speech ? "speech" : "music";
    this.meter = new Meter(context);
    this.#chosen.connect(this.meter.node);
  }

  /** Raises StudioError. `onUnplugged` is called when the device is gone. */
  static async open(context: AudioContext, choice: Choice, onUnplugged: () => void): Promise<Capture> {
    return new Capture(context, await openMicrophone(choice), choice, onUnplugged);
  }

  /** Whether the person hears themselves: a check of cables and levels that nobody else hears. */
  hearYourself(on: boolean): void {
    if (on === this.#heard) return;
    this.#heard = on;
    if (on) this.#chosen.connect(this.#context.destination);
    else this.#chosen.disconnect(this.#context.destination);
  }

  /** Whether silence is sent in place of it. */
  set quiet(quiet: boolean) {
    this.track.enabled = !quiet;
  }

  close(): void {
    for (const track of [this.track, ...this.#stream.getTracks()]) {
      track.onended = null;
      track.stop();
    }
    this.#source.disconnect();
    this.#chosen.disconnect();
  }
}

/** What one hears: each place through a gain and a panner of its own, all of them through one limiter. */

import limiter from "./limiter?worker&url";
import type { Place } from "./link";
import { Meter } from "./meter";
import { gainOf, type Mix } from "./mix";

/** Settings glide, so that no change of one clicks. */
const GLIDE_S = 0.015;

/** One place as it sounds here. */
export class Channel {
  readonly meter: Meter;
  /** Whose sound it is, as its packets say; 0 for nobody's. */
  number = 0;
  readonly #receiver: RTCRtpReceiver;
  readonly #gain: GainNode;
  readonly #pan: StereoPannerNode;
  readonly #source: MediaStreamAudioSourceNode;
  /** Chromium lets no sound of a peer into Web Audio unless an element plays it, too: it may be a silent one. */
  readonly #puller = new Audio();

  constructor(context: AudioContext, { receiver, track }: Place, into: AudioNode) {
    const stream = new MediaStream([track]);
    this.#receiver = receiver;
    this.#puller.muted = true;
    this.#puller.srcObject = stream;
    this.#puller.play().catch(() => {}); // ended before it began
    this.meter = new Meter(context);
    this.#gain = new GainNode(context, { gain: 0 });
    this.#pan = new StereoPannerNode(context);
    this.#source = new MediaStreamAudioSourceNode(context, { mediaStream: stream });
    this.#source.connect(this.meter.node);
    this.#source.connect(this.#gain).connect(this.#pan).connect(into);
  }

  /** Looks whose packets were heard last. */
  look(): void {
    const [last] = this.#receiver.getContributingSources().sort((a, b) => b.timestamp - a.timestamp);
    if (last !== undefined) this.number = last.source;
  }

  set(gain: number, pan: number, now: number): void {
    this.#gain.gain.setTargetAtTime(gain, now, GLIDE_S);
    this.#pan.pan.setTargetAtTime(pan, now, GLIDE_S);
  }

  close(): void {
    this.#source.disconnect();
    this.#gain.disconnect();
    this.#pan.disconnect();
    this.#puller.srcObject = null;
  }
}

export class Mixer {
  channels: readonly Channel[] = [];
  readonly #sum: AudioNode;

  private constructor(readonly context: AudioContext) {
    const limit = new AudioWorkletNode(context, "limiter", {
      channelCount: 2,
      channelCountMode: "explicit",
      outputChannelCount: [2],
    });
    limit.connect(context.destination);
    this.#sum = limit;
  }

  /** To be called in the course of a press: browsers start no sound without one. */
  static async open(context: AudioContext): Promise<Mixer> {
    await context.audioWorklet.addModule(limiter);
    return new Mixer(context);
  }

  /** Hears these places, and no longer those before. */
  hear(places: readonly Place[]): void {
    for (const channel of this.channels) channel.close();
    this.channels = places.map((place) => new Channel(this.context, place, this.#sum));
  }

  /** Sets everybody to what the mix says. `memberOf` knows who a number is. */
  set(mix: Mix, memberOf: ReadonlyMap<number, string>): void {
    const members = [...memberOf.values()];
    const soloed = members.some((member) => mix.of(member).solo);
    for (const channel of this.channels) {
      const member = memberOf.get(channel.number);
      const setting = member === undefined ? null : mix.of(member);
      channel.set(setting === null ? 0 : gainOf(setting, soloed), setting?.pan ?? 0, this.context.currentTime);
    }
  }
}

/**
 * One connection to the stage: the offer, its answer, and its end. Coming back is the business of who holds it.
 *
 * People come and go without another offer: each place receives whoever is given to it, and each packet names its member (the
 * CSRC). The relay is ICE-lite and needs no candidates of ours, so the offer leaves at once.
 */

import { readStage, StudioError, studioError, unreachable } from "../room/api";
import { tuned, type Wish } from "./sdp";

/** How many can be heard at once. */
const PLACES = 16;
const CONNECT_MS = 12_000;
/** A connection that is said to be broken for so long is given up. */
const BROKEN_MS = 2_000;

export interface Place {
  readonly receiver: RTCRtpReceiver;
  readonly track: MediaStreamTrack;
}

export const NO_WAY = "no_way";

export class Link {
  readonly #peer: RTCPeerConnection;
  readonly places: readonly Place[];
  readonly #room: string;
  readonly #token: () => string;
  readonly #sender: RTCRtpSender | null;
  readonly #onEnd: () => void;
  #location: string | null = null;
  #broken: ReturnType<typeof setTimeout> | undefined;

  private constructor(
    room: string,
    token: () => string,
    track: MediaStreamTrack | null,
    servers: readonly RTCIceServer[],
    onEnd: () => void,
  ) {
    this.#room = room;
    this.#token = token;
    this.#onEnd = onEnd;
    this.#peer = new RTCPeerConnection({ iceServers: [...servers], bundlePolicy: "max-bundle" });
    this.#sender = track === null ? null : this.#peer.addTransceiver(track, { direction: "sendonly" }).sender;
    this.places = Array.from({ length: PLACES }, () => {
      const { receiver } = this.#peer.addTransceiver("audio", { direction: "recvonly" });
      if ("jitterBufferTarget" in receiver) receiver.jitterBufferTarget = 0;
      return { receiver, track: receiver.track };
    });
  }

  /** Publishes `track` and hears everybody else, or with null only hears. Raises StudioError; `no_way` where no packet gets through. */
  static async open(
    room: string,
    token: () => string,
    track: MediaStreamTrack | null,
    wish: Wish,
    onEnd: () => void,
  ): Promise<Link> {
    const { ice_servers } = await readStage(token(), room);
    const link = new Link(room, token, track, ice_servers, onEnd);
    try {
      await link.#connect(wish);
    } catch (error) {
      link.close();
      throw error;
    }
    return link;
  }

  /** Sends another track from now on, on the same connection. */
  async replace(track: MediaStreamTrack): Promise<void> {
    await this.#sender?.replaceTrack(track);
  }

  /** Whether the relay still has this session. */
  async isKnown(): Promise<boolean> {
    const { sessions } = await readStage(this.#token(), this.#room);
    return sessions.some(({ id }) => this.#location?.endsWith(`/${id}`));
  }

  /** Ends it here and at the relay. `onEnd` isn't called. */
  close(): void {
    clearTimeout(this.#broken);
    this.#peer.onconnectionstatechange = null;
    this.#peer.close();
    if (this.#location !== null) {
      const headers = { Authorization: `Bearer ${this.#token()}` };
      // Also while the page is being closed. If it doesn't arrive, the relay ends the session by its silence.
      fetch(this.#location, { method: "DELETE", headers, keepalive: true }).catch(() => {});
    }
    this.#location = null;
  }

  async #connect(wish: Wish): Promise<void> {
    const offer = tuned((await this.#peer.createOffer()).sdp ?? "", wish);
    await this.#peer.setLocalDescription({ type: "offer", sdp: offer });
    const answer = await this.#post(offer);
    const connected = this.#connected();
    await this.#peer.setRemoteDescription({ type: "answer", sdp: answer });
    await connected;
    this.#peer.onconnectionstatechange = () => this.#watch();
  }

  async #post(offer: string): Promise<string> {
    const door = this.#sender === null ? "whep" : "stage";
    let response: Response;
    try {
      response = await fetch(`/${door}/${encodeURIComponent(this.#room)}`, {
        method: "POST",
        headers: { Authorization: `Bearer ${this.#token()}`, "Content-Type": "application/sdp" },
        body: offer,
      });
    } catch {
      throw unreachable();
    }
    if (!response.ok) throw studioError(await response.json().catch(() => null));
    this.#location = response.headers.get("Location");
    return response.text();
  }

  #connected(): Promise<void> {
    const peer = this.#peer;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => settle("failed"), CONNECT_MS);
      const settle = (state: RTCPeerConnectionState) => {
        if (state === "connected") resolve();
        else if (state === "failed" || state === "closed") {
          reject(
            new StudioError(
              NO_WAY,
              "Your network lets no sound through to the studio. Another network may (a phone's, say), or whoever runs the studio adds a TURN server.",
            ),
          );
        } else return;
        clearTimeout(late);
      };
      peer.onconnectionstatechange = () => settle(peer.connectionState);
    });
  }

  #watch(): void {
    const state = this.#peer.connectionState;
    clearTimeout(this.#broken);
    if (state === "failed" || state === "closed") this.#onEnd();
    else if (state === "disconnected") this.#broken = setTimeout(this.#onEnd, BROKEN_MS);
  }
}

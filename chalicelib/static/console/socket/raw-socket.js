/**
 * @typedef {"closed" | "connecting" | "open" | "closing"} SocketState
 * @typedef {{refused: boolean, code: number, reason: string}} End refused: it never opened, and not because we left
 * @typedef {{received(data: unknown): void, changed(): void}} Owner data: a text, or what a binary frame held
 */

/** One plain WebSocket. Not the realtime client: that would repair what this page must show. */
export class RawSocket {
  /** @type {SocketState} */
  state = "closed";
  /** @type {End | undefined} How the last one ended. */
  end;
  /** @type {WebSocket | undefined} */
  #socket;
  #owner;
  #WebSocket;

  /** @param {Owner} owner @param {typeof WebSocket} [platform] */
  constructor(owner, platform = WebSocket) {
    this.#owner = owner;
    this.#WebSocket = platform;
  }

  /** @param {string} url */
  open(url) {
    if (this.state !== "closed") return;
    const socket = new this.#WebSocket(url);
    this.#socket = socket;
    this.end = undefined;
    socket.onopen = () => this.#become("open");
    socket.onmessage = ({ data }) => this.#owner.received(data);
    socket.onclose = ({ code, reason }) => {
      this.#socket = undefined;
      this.end = { refused: this.state === "connecting", code, reason };
      this.#become("closed");
    };
    this.#become("connecting");
  }

  /** @param {string} text whatever it is */
  send(text) {
    this.#socket?.send(text);
  }

  close() {
    if (this.state !== "open" && this.state !== "connecting") return;
    this.#become("closing");
    this.#socket?.close(1000);
  }

  /** @param {SocketState} state */
  #become(state) {
    this.state = state;
    this.#owner.changed();
  }
}

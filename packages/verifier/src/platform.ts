import type { Clock } from './clock.js';
import type { Wire } from './session.js';

/** The events of one connection. */
export interface DialEvents {
  opened(): void;
  received(text: string): void;
  /** A pong: the other end is alive. */
  heard(): void;
  /**
   * The connection ended, or was never made.
   * @param code of RFC 6455, 1006 without one
   * @param status of the HTTP answer in place of a connection; null: there was none
   */
  closed(code: number, status: number | null): void;
}

export type Dial = (url: string, headers: Record<string, string>, events: DialEvents) => Wire;

/** What a verifier needs from its platform: clocks, timers, randomness, the network. */
export interface Platform {
  readonly clock: Clock;
  /** Calls `task` every `ms` until the function that is returned is called. */
  every(ms: number, task: () => void): () => void;
  after(ms: number, task: () => void): () => void;
  /** Later in this turn of the event loop. */
  soon(task: () => void): void;
  /** From 0 to 1. */
  random(): number;
  readonly dial: Dial;
  readonly fetch: typeof fetch;
}

/** Milliseconds of this process's two clocks. Only the rate of the monotonic one is trusted. */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
}

/** One moment on both clocks. Their difference grows while the machine sleeps. */
export interface Moment {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

export const processClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
};

export function readBoth(clock: Clock): Moment {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

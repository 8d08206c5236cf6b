/** One moment on both clocks of a process. Their difference grows while the machine sleeps. */
export interface Moment {
  monotonicMs: number;
  wallMs: number;
}

/** The clocks and timers of one process. Leases and barriers trust the monotonic clock alone, and of it only the rate. */
export interface Clock {
  /** Milliseconds; never set, and as of now whenever it is read. */
  monotonicMs(): number;
  /** Milliseconds since the epoch, as the machine has them: may be wrong, and may be set. */
  wallMs(): number;
  /**
   * Calls `task` once, `ms` later at the earliest, unless the function that is returned is called before.
   * @param isIdle it alone keeps no process alive
   */
  after(ms: number, task: () => void, isIdle?: boolean): () => void;
  /** Calls `task` every `ms` until the function that is returned is called. Keeps no process alive. */
  every(ms: number, task: () => void): () => void;
  /** Calls `task` once what has arrived by now was heard. */
  soon(task: () => void): void;
}

export function momentOf(clock: Clock): Moment {
  return { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
}

/** A sleep that can be ended early. */
export function pause(clock: Clock, ms: number): { over: Promise<void>; end: () => void } {
  let wake!: () => void;
  const over = new Promise<void>((resolve) => (wake = resolve));
  const stop = clock.after(ms, wake);
  const end = (): void => {
    stop();
    wake();
  };
  return { over, end };
}

export function sleep(clock: Clock, ms: number): Promise<void> {
  return pause(clock, ms).over;
}

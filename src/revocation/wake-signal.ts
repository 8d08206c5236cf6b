/** Lets a loop sleep until it is woken, and lets others wait for its next complete round. */
export class WakeSignal {
  private wanted = false;
  private ring: (() => void) | null = null;
  private waiting: (() => void)[] = [];

  /** Wakes the loop, or keeps it from sleeping next time. */
  notify(): void {
    this.wanted = true;
    this.ring?.();
  }

  /** Sleeps until woken or until `ms` have passed. */
  async waitFor(ms: number): Promise<void> {
    if (!this.wanted) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ms);
        this.ring = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.ring = null;
    }
  }

  /** Called when a round begins: it serves everybody who asked before, once it has ended. */
  beginRound(): { servesThisProcess: boolean; done: () => void } {
    this.wanted = false;
    const served = this.waiting;
    this.waiting = [];
    return { servesThisProcess: served.length > 0, done: () => served.forEach((resolve) => resolve()) };
  }

  /** Resolves when a round that has not begun yet has ended. */
  nextRound(): Promise<void> {
    return new Promise((resolve) => {
      this.waiting.push(resolve);
      this.notify();
    });
  }
}

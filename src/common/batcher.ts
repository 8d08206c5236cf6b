/** How many share one run. More would save little, and would all wait for the slowest. */
const BATCH_SIZE_MAX = 64;
/** A run that takes longer keeps nobody waiting any more: the next one leaves without it. */
const STALLED_AFTER_MS = 150;

/** How many runs may be under way. */
interface BatchLimits {
  /** That others wait for; 1 unless said otherwise. */
  atOnce?: number;
  /** That are stalled, beside those. */
  stalled: number;
}

/**
 * Items that are submitted while a run is under way share the next one. With no run under way, an item starts one in
 * the same turn of the event loop: it is never delayed to make a batch larger.
 */
export class Batcher<Item> {
  private waiting: Item[] = [];
  private scheduled = false;
  private running = 0;
  private stalled = 0;
  private readonly limits: Required<BatchLimits>;

  /** @param run takes these items and settles each; does not reject */
  constructor(
    private readonly run: (items: Item[]) => Promise<void>,
    limits: BatchLimits,
  ) {
    this.limits = { atOnce: 1, ...limits };
  }

  get isIdle(): boolean {
    return this.waiting.length === 0 && this.running === 0 && this.stalled === 0;
  }

  submit(item: Item): void {
    this.waiting.push(item);
    this.flushSoon();
  }

  private flushSoon(): void {
    if (this.scheduled || this.running === this.limits.atOnce || this.waiting.length === 0) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      void this.flush(this.waiting.splice(0, BATCH_SIZE_MAX));
      this.flushSoon();
    });
  }

  private async flush(items: Item[]): Promise<void> {
    this.running++;
    let isStalled = false;
    const deadline = setTimeout(() => {
      if (this.stalled === this.limits.stalled) return;
      isStalled = true;
      this.stalled++;
      this.running--;
      this.flushSoon();
    }, STALLED_AFTER_MS);
    await this.run(items);
    clearTimeout(deadline);
    if (isStalled) this.stalled--;
    else this.running--;
    this.flushSoon();
  }
}

interface Event {
  atMs: number;
  number: number;
  task: () => void;
}

/** True time, which nobody in the world can read, and what happens in it, one event after the other. */
export class Loop {
  nowMs = 0;
  /** Events so far. */
  events = 0;
  private numbers = 0;
  /** A heap, the earliest first. */
  private readonly due: Event[] = [];

  at(atMs: number, task: () => void): void {
    const event = { atMs: Math.max(atMs, this.nowMs), number: this.numbers++, task };
    let index = this.due.push(event) - 1;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (isBefore(this.due[parent] as Event, event)) break;
      this.due[index] = this.due[parent] as Event;
      index = parent;
    }
    this.due[index] = event;
  }

  in(ms: number, task: () => void): void {
    this.at(this.nowMs + ms, task);
  }

  /** Lets happen what happens until `untilMs`. After each event all promises go as far as they can. */
  async run(untilMs: number): Promise<void> {
    for (;;) {
      const [next] = this.due;
      if (next === undefined || next.atMs > untilMs) break;
      this.removeFirst();
      this.nowMs = next.atMs;
      this.events++;
      next.task();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.nowMs = untilMs;
  }

  private removeFirst(): void {
    const last = this.due.pop() as Event;
    const { length } = this.due;
    if (length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      if (child + 1 < length && isBefore(this.due[child + 1] as Event, this.due[child] as Event)) child++;
      if (isBefore(last, this.due[child] as Event)) break;
      this.due[index] = this.due[child] as Event;
      index = child;
    }
    this.due[index] = last;
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.number < other.number);
}

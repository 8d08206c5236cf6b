import type { Host } from './host.js';
import type { Loop } from './loop.js';
import type { Random } from './random.js';

/** One end of a connection: an ordered stream of messages. */
export class End {
  onMessage: (message: unknown) => void = () => undefined;
  /** It is over: the other end ended it, or is gone. */
  onEnd: () => void = () => undefined;
  isOver = false;
  /** Sent, and not on its way yet. */
  waiting = 0;

  constructor(
    readonly host: Host,
    private readonly link: Link,
  ) {}

  send(message: unknown): void {
    if (!this.isOver) this.link.carry(this, message);
  }

  /** Ends it from here; the other end is told behind what was sent before. */
  drop(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.link.carry(this, END);
  }
}

const END = Symbol('end');

/** A connection between two hosts. */
class Link {
  readonly left: End;
  readonly right: End;
  /** Nobody hears of the other any more, and nobody is told. */
  isDead = false;
  private readonly held: [from: End, message: unknown][] = [];
  private readonly lastMs = new Map<End, number>();

  constructor(
    private readonly network: Network,
    left: Host,
    right: Host,
  ) {
    this.left = new End(left, this);
    this.right = new End(right, this);
  }

  carry(from: End, message: unknown): void {
    if (this.isDead) {
      from.waiting++;
      return;
    }
    if (this.network.isHeld(this.left.host, this.right.host)) {
      from.waiting++;
      this.held.push([from, message]);
      return;
    }
    const { loop } = this.network;
    const atMs = Math.max(loop.nowMs + this.network.latencyMs(), this.lastMs.get(from) ?? 0);
    this.lastMs.set(from, atMs);
    const to = from === this.left ? this.right : this.left;
    loop.at(atMs, () => {
      if (this.isDead) return;
      to.host.run(() => {
        if (to.isOver) return;
        if (message !== END) return to.onMessage(message);
        to.isOver = true;
        this.network.forget(this);
        to.onEnd();
      });
    });
  }

  /** What was held back goes on its way, in order. */
  release(): void {
    for (const [from, message] of this.held.splice(0)) {
      from.waiting--;
      this.carry(from, message);
    }
  }

  /** Both ends are told that it is over. */
  reset(): void {
    this.isDead = true;
    this.network.forget(this);
    for (const end of [this.left, this.right])
      end.host.run(() => {
        if (end.isOver) return;
        end.isOver = true;
        end.onEnd();
      });
  }
}

export class Network {
  private readonly links = new Set<Link>();
  private readonly held = new Map<string, number>();

  constructor(
    readonly loop: Loop,
    private readonly random: Random,
  ) {}

  /** Mostly a fraction of a millisecond; now and then long. */
  latencyMs(): number {
    return this.random.chance(0.02) ? this.random.between(1, 40) : this.random.between(0.05, 0.8);
  }

  connect(left: Host, right: Host): Link {
    const link = new Link(this, left, right);
    this.links.add(link);
    return link;
  }

  forget(link: Link): void {
    this.links.delete(link);
  }

  isHeld(one: Host, other: Host): boolean {
    return (this.held.get(pair(one, other)) ?? 0) > this.loop.nowMs;
  }

  /** For `ms` nothing goes through between these hosts, and nobody is told; then all of it does. */
  hold(one: Host, other: Host, ms: number): void {
    const key = pair(one, other);
    const untilMs = Math.max(this.held.get(key) ?? 0, this.loop.nowMs + ms);
    this.held.set(key, untilMs);
    this.loop.at(untilMs, () => {
      if (this.isHeld(one, other)) return;
      for (const link of this.between(one, other)) link.release();
    });
  }

  /** The connections between these hosts are lost, and `ms` later both ends are told. */
  break(one: Host, other: Host, ms: number): void {
    const broken = this.between(one, other);
    for (const link of broken) link.isDead = true;
    this.loop.in(ms, () => broken.forEach((link) => link.reset()));
  }

  /** The process of this host has ended; its kernel says so. */
  dropAllOf(host: Host): void {
    for (const { left, right } of this.links)
      for (const end of [left, right]) if (end.host === host) end.drop();
  }

  private between(one: Host, other: Host): Link[] {
    const key = pair(one, other);
    return [...this.links].filter(({ left, right }) => pair(left.host, right.host) === key);
  }
}

function pair(one: Host, other: Host): string {
  return [one.name, other.name].sort().join();
}

import type {
  Beat,
  NewsEntry,
  NewsRow,
  RegisteredRow,
  RegistryReading,
  RegistryRow,
  RoundRow,
  UnconfirmedNews,
} from '../../../src/lease/ports.js';
import { ENTRIES_PER_PAGE } from '../../../src/lease/ports.js';
import type { FeedKind } from '../../../src/lease/cache-invalidation.js';
import type { Host } from './host.js';
import type { Random } from './random.js';

interface Snapshot {
  max: bigint;
  inProgress: ReadonlySet<bigint>;
}

interface VerifierRow {
  id: string;
  round: number;
  applied: string;
  leaseMs: number;
  /** On which it registered. */
  serverRun: string;
  clientVerifiers: number;
}

/** A token as its row has it; of a business or of the platform. */
export interface TokenRow {
  jti: string;
  secret: string;
  businessId: string | null;
  ownerId: string | null;
  revoked: boolean;
}

interface Transaction {
  xid: bigint;
  /** Makes it visible; what is returned takes it back. */
  apply: () => () => void;
  locks: string[];
}

/** What a session, or nobody any more, hears of. */
export class DatabaseFailure extends Error {}

const LOCK_TIMEOUT_MS = 500;
const WAL_WRITER_MS = 200;

/**
 * What the lease asks of PostgreSQL: ids of transactions, snapshots and what is visible in them, commits that come late and those
 * that nobody waits for, locks of rows, wake-ups, and a crash, after which ids that nothing durable mentions are given out anew.
 * Each method is one statement, or one short transaction, at READ COMMITTED.
 */
export class Database {
  readonly tokens = new Map<string, TokenRow>();
  readonly suspended = new Set<string>();
  readonly gone = new Set<string>();
  isDown = false;
  epoch = 1;
  /** How long a commit takes beyond what is usual, as a disk or a standby makes it. */
  slowMs = 0;
  private starts = 1;
  private runs = 1;
  private run: string | null = null;
  private nextXid = 700n;
  private readonly inProgress = new Set<bigint>();
  private feed: (NewsEntry & { transaction: bigint })[] = [];
  private feedIds = 0;
  private verifiers = new Map<string, VerifierRow>();
  private verifierIds = 0;
  private readonly locks = new Map<string, (() => void)[]>();
  /** Takes back what was committed and is not on disk. */
  private unflushed: (() => void)[] = [];
  private durableXid = 700n;
  /** On disk, and not visible yet. */
  private readonly flushed = new Set<Transaction>();
  /** Hear wake-ups. */
  readonly listeners = new Set<(sender: string) => void>();

  constructor(
    private readonly host: Host,
    private readonly random: Random,
    private readonly lostNotifications: number,
  ) {
    host.every(WAL_WRITER_MS, () => this.flush());
  }

  get nowMs(): number {
    return this.host.wallMs();
  }

  get serverStart(): string {
    return `start ${this.starts}`;
  }

  /** null after a crash, until a verifier has registered. */
  get serverRun(): string | null {
    return this.run === null ? null : `${this.serverStart}:${this.run}`;
  }

  async register(leaseMs: number, formerId: string | undefined): Promise<RegisteredRow> {
    this.run ??= `run ${this.runs}`;
    const { run } = this;
    const snapshot = this.snapshot();
    const applied = textOf(snapshot);
    const former = formerId === undefined ? undefined : this.verifiers.get(formerId);
    const id = `00000000-0000-0000-0000-${String(++this.verifierIds).padStart(12, '0')}`;
    const serverRun = `${this.serverStart}:${run}`;
    const row: VerifierRow = { id, round: 0, applied, leaseMs, serverRun, clientVerifiers: 0 };
    await this.commit(this.begin(), true, () => {
      this.verifiers.set(id, row);
      return () => this.verifiers.delete(id);
    });
    const formerRound = former === undefined ? null : String(former.round);
    return { id, applied, epoch: String(this.epoch), server_run: serverRun, former_round: formerRound };
  }

  async beat(beat: Beat): Promise<RoundRow | undefined> {
    const { id, round, serverRun, durable, confirmed, clientVerifiers } = beat;
    const isTheirs = (): boolean => this.verifiers.get(id)?.round === round && this.serverRun === serverRun;
    const snapshot = this.snapshot();
    if (!isTheirs()) return undefined;
    const transaction = this.begin();
    await this.lock(transaction, `verifier ${id}`);
    // READ COMMITTED: the condition is looked at again behind the lock.
    if (!isTheirs()) {
      this.rollback(transaction);
      return undefined;
    }
    const news = this.news(beat.applied, snapshot);
    const before = this.verifiers.get(id) as VerifierRow;
    await this.commit(transaction, durable, () => {
      this.verifiers.set(id, { ...before, round: round + 1, applied: confirmed, clientVerifiers });
      return () => this.verifiers.set(id, before);
    });
    return news;
  }

  peek(applied: string, serverRun: string): RoundRow | undefined {
    return this.serverRun === serverRun ? this.news(applied, this.snapshot()) : undefined;
  }

  nextPage(applied: string, until: string, after: NewsEntry, serverRun: string): NewsRow | undefined {
    if (this.serverRun !== serverRun) return undefined;
    return { epoch: String(this.epoch), entries: this.page(applied, parse(until), after) };
  }

  async deregister(id: string): Promise<void> {
    const transaction = this.begin();
    await this.lock(transaction, `verifier ${id}`);
    await this.commit(transaction, true, () => this.remove(id));
  }

  read(ownId: string, transactions: string[], nudge: boolean, awaited: string[]): RegistryReading {
    const rows = [...this.verifiers.values()];
    const present = rows.filter((row) => this.isPresent(row));
    const lacking = rows
      .filter(({ id }) => id !== ownId)
      .map((row) => {
        const { id, round, leaseMs } = row;
        const [isPresent, snapshot] = [this.isPresent(row), parse(row.applied)];
        const missing = transactions.filter((xid) => !(isPresent && this.isVisible(BigInt(xid), snapshot)));
        return { id, round: String(round), lease_ms: leaseMs, missing, of_another_run: !isPresent };
      })
      .filter(({ missing }) => missing.length > 0);
    if (nudge && rows.length > 1) this.notify(ownId);
    const own = this.verifiers.get(ownId);
    return {
      server_start: this.serverStart,
      server_run: this.serverRun,
      ids: nudge ? present.map(({ id }) => id).sort() : [],
      client_verifiers: present.reduce((sum, { clientVerifiers }) => sum + clientVerifiers, 0),
      lease_ms_max: Math.max(0, ...rows.map(({ leaseMs }) => leaseMs)),
      own_round: own === undefined || !this.isPresent(own) ? null : String(own.round),
      lacking,
      gone: awaited.filter((id) => !this.verifiers.has(id)),
    };
  }

  private isPresent({ serverRun }: VerifierRow): boolean {
    return serverRun === this.serverRun;
  }

  unconfirmed(): UnconfirmedNews[] {
    const positions = [...this.verifiers.values()]
      .filter((row) => this.isPresent(row))
      .map(({ applied }) => parse(applied));
    const isOpen = (xid: bigint): boolean =>
      positions.some(({ max, inProgress }) => xid >= max || inProgress.has(xid));
    return this.feed
      .filter(({ transaction }) => isOpen(transaction))
      .map(({ xid, kind, subject }) => ({
        transaction_id: xid,
        business_id: this.businessOf(kind, subject),
        of_all: kind === 'everything',
      }));
  }

  async expel({ id, round }: RegistryRow): Promise<boolean> {
    const isStill = this.verifiers.get(id)?.round === Number(round);
    // SKIP LOCKED: one that is being renewed is left alone.
    if (!isStill || this.locks.has(`verifier ${id}`)) return false;
    const transaction = this.begin();
    await this.lock(transaction, `verifier ${id}`);
    await this.commit(transaction, true, () => this.remove(id));
    return true;
  }

  find(jti: string): TokenRow | undefined {
    const row = this.tokens.get(jti);
    return row === undefined ? undefined : { ...row };
  }

  /**
   * Ends what `subject` names, and says so in the feed, in one transaction.
   * @param openMs how long the transaction does something else before it commits
   * @returns its id, and whether there was anything left to end
   */
  async end(kind: FeedKind, subject: string, openMs: number): Promise<{ xid: string; changed: boolean }> {
    const transaction = this.begin();
    await this.lock(transaction, `${kind} ${subject}`);
    if (this.hasEnded(kind, subject)) {
      this.rollback(transaction);
      return { xid: String(transaction.xid), changed: false };
    }
    const { xid } = transaction;
    const entry = { kind, subject, xid: String(xid), id: ++this.feedIds, transaction: xid };
    await this.wait(openMs);
    await this.commit(transaction, true, () => {
      this.feed.push(entry);
      this.markEnded(kind, subject);
      // Never taken back: it is on disk.
      return () => undefined;
    });
    return { xid: String(xid), changed: true };
  }

  /** As after the feed was pruned behind somebody's position. */
  beginEpoch(): void {
    this.epoch++;
  }

  /** @param isRestart otherwise only its processes have crashed: the server says that it was started when it was */
  crash(isRestart: boolean): void {
    this.isDown = true;
    this.runs++;
    this.run = null;
    if (isRestart) this.starts++;
    for (const undo of this.unflushed.reverse()) undo();
    this.unflushed = [];
    for (const { apply } of this.flushed) apply();
    this.flushed.clear();
    this.nextXid = this.durableXid;
    this.inProgress.clear();
    this.locks.clear();
  }

  protected isVisible(xid: bigint, { max, inProgress }: Snapshot): boolean {
    return xid < max && !inProgress.has(xid);
  }

  private snapshot(): Snapshot {
    return { max: this.nextXid, inProgress: new Set(this.inProgress) };
  }

  private news(since: string, until: Snapshot): RoundRow {
    const first = { xid: '0', id: 0, kind: '', subject: '' };
    return {
      epoch: String(this.epoch),
      entries: this.page(since, until, first),
      snapshot: textOf(until),
      now_ms: this.host.wallMs(),
      longest_lease_ms: Math.max(0, ...[...this.verifiers.values()].map(({ leaseMs }) => leaseMs)),
    };
  }

  private page(since: string, until: Snapshot, after: NewsEntry): NewsEntry[] | null {
    const position = parse(since);
    const afterXid = BigInt(after.xid);
    const entries = this.feed
      .filter(
        ({ transaction }) => this.isVisible(transaction, until) && !this.isVisible(transaction, position),
      )
      .filter(({ transaction, id }) => transaction > afterXid || (transaction === afterXid && id > after.id))
      .sort((one, other) =>
        one.transaction === other.transaction
          ? one.id - other.id
          : one.transaction < other.transaction
            ? -1
            : 1,
      )
      .slice(0, ENTRIES_PER_PAGE)
      .map(({ kind, subject, xid, id }) => ({ kind, subject, xid, id }));
    return entries.length === 0 ? null : entries;
  }

  private begin(): Transaction {
    const xid = this.nextXid++;
    this.inProgress.add(xid);
    return { xid, apply: () => () => undefined, locks: [] };
  }

  private async commit(transaction: Transaction, durable: boolean, apply: () => () => void): Promise<void> {
    transaction.apply = apply;
    if (durable) {
      await this.wait(this.random.between(0.2, 1.5) + this.slowMs);
      this.flush();
      this.durableXid = this.durableXid > transaction.xid ? this.durableXid : transaction.xid + 1n;
      this.flushed.add(transaction);
      await this.wait(this.random.chance(0.05) ? this.random.between(0, 20) : 0);
      this.flushed.delete(transaction);
      apply();
    } else this.unflushed.push(apply());
    this.release(transaction);
  }

  private rollback(transaction: Transaction): void {
    this.release(transaction);
  }

  /** Ends with it whoever waits for what it has locked. */
  private release({ xid, locks }: Transaction): void {
    this.inProgress.delete(xid);
    for (const name of locks) {
      const next = this.locks.get(name)?.shift();
      if (next === undefined) this.locks.delete(name);
      else next();
    }
  }

  private async lock(transaction: Transaction, name: string): Promise<void> {
    const queue = this.locks.get(name);
    if (queue === undefined) this.locks.set(name, []);
    else await this.queueFor(transaction, queue);
    transaction.locks.push(name);
  }

  private queueFor(transaction: Transaction, queue: (() => void)[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = this.host.after(LOCK_TIMEOUT_MS, () => {
        queue.splice(queue.indexOf(take), 1);
        this.rollback(transaction);
        reject(new DatabaseFailure('canceling statement due to lock timeout'));
      });
      const take = (): void => {
        stop();
        resolve();
      };
      queue.push(take);
    });
  }

  private flush(): void {
    this.unflushed = [];
    const inUse = [...this.inProgress];
    // Each transaction that wrote something is in the log, whether it has ended or not.
    const last =
      inUse.length === 0 ? this.nextXid : inUse.reduce((one, other) => (one < other ? one : other));
    if (last > this.durableXid) this.durableXid = last;
  }

  /** After a crash nothing goes on. */
  private wait(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    const { runs } = this;
    return new Promise((resolve) => {
      this.host.after(ms, () => {
        if (this.runs === runs) resolve();
      });
    });
  }

  private notify(sender: string): void {
    for (const listener of this.listeners) if (!this.random.chance(this.lostNotifications)) listener(sender);
  }

  private remove(id: string): () => void {
    this.verifiers.delete(id);
    return () => undefined;
  }

  private hasEnded(kind: FeedKind, subject: string): boolean {
    if (kind === 'token') return this.tokens.get(subject)?.revoked !== false;
    return (kind === 'owner' ? this.gone : this.suspended).has(subject);
  }

  private markEnded(kind: FeedKind, subject: string): void {
    if (kind === 'owner') this.gone.add(subject);
    else if (kind === 'business') this.suspended.add(subject);
    else {
      const token = this.tokens.get(subject);
      if (token !== undefined) token.revoked = true;
    }
  }

  private businessOf(kind: string, subject: string): string | null {
    if (kind === 'business') return subject;
    if (kind === 'token') return this.tokens.get(subject)?.businessId ?? null;
    return [...this.tokens.values()].find(({ ownerId }) => ownerId === subject)?.businessId ?? null;
  }
}

function parse(text: string): Snapshot {
  const [, max = '0', list = ''] = text.split(':');
  return { max: BigInt(max), inProgress: new Set(list === '' ? [] : list.split(',').map(BigInt)) };
}

function textOf({ max, inProgress }: Snapshot): string {
  const sorted = [...inProgress].sort((one, other) => (one < other ? -1 : 1));
  return `${sorted[0] ?? max}:${max}:${sorted.join()}`;
}

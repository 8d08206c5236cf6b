import { setImmediate as othersFirst } from 'node:timers/promises';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource, type EntityManager } from 'typeorm';
import { NIL as NIL_UUID } from 'uuid';
import { PeriodicService } from '../common/periodic-task.js';
import { auditConfig } from '../config/audit.config.js';
import { inTurn } from '../database/leadership.js';
import { acrossBusinesses } from '../database/row-access.js';
import { DroppedEvents } from './reading/dropped-events.repository.js';
import { GenuineEvents } from './reading/genuine-events.js';
import type { StoredEvent } from './trail/stored-event.js';
import { ProvenTiles } from './proofs/proven-tiles.js';
import { PLATFORM_LOG } from './trail/audit-draft.js';
import { TreeTrust } from './sealing/tree-trust.js';
import { type IntegrityFault, IntegrityFaults } from './sealing/integrity-faults.js';
import { EVENTS_A_TURN, isAsWritten } from './sealing/leaves.js';
import { LogRowsRepository, type Head } from './sealing/log-rows.repository.js';
import { TreesRepository, type StoredTree, type TrustedTree } from './sealing/trees.repository.js';

const EVENTS_A_STEP = 2000;
const LOGS_A_STEP = 100;
const BEFORE_ALL = NIL_UUID;
const NO_HEAD: Head = { size: 0, mac: null, registered: null };

interface Place {
  logId: string;
  /** The next sequence to be checked. */
  from: number;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function endsToken({ action, outcome, target_kind, target_id }: StoredEvent): boolean {
  const isEnd = action === 'token.revoked' || action === 'token.rotated';
  return isEnd && outcome === 'success' && target_kind === 'token' && UUID.test(target_id ?? '');
}

/**
 * Checks all sealed events again and again, some in every sealing period, and compares their rows with the tree. So
 * a removed or changed event is found even if nobody asks for it, and so is an event that the registers beside the
 * log do not have. One process at a time does this.
 */
@Injectable()
export class LogReview extends PeriodicService {
  private next: Place = { logId: BEFORE_ALL, from: 1 };

  constructor(
    @Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>,
    private readonly dataSource: DataSource,
    private readonly trees: TreesRepository,
    private readonly rows: LogRowsRepository,
    private readonly trust: TreeTrust,
    private readonly proven: ProvenTiles,
    private readonly dropped: DroppedEvents,
    private readonly faults: IntegrityFaults,
    private readonly genuine: GenuineEvents,
  ) {
    super(config.sealMs, 'Audit', 'The audit log could not be reviewed; it will be retried.');
  }

  /** Compares all events of one log at once: the sealed ones with the tree, and the tree with what is known of it. */
  async reviewWhole(logId: string): Promise<void> {
    const from = (await this.dropped.through(logId)) + 1;
    const known = await this.trust.learn(logId);
    await acrossBusinesses(this.dataSource, async (manager) => {
      const [next] = await this.trees.treesFrom(logId, 1, manager);
      const stored = next?.logId === logId ? next : null;
      const sealed = stored?.size ?? 0;
      if (sealed < (known?.size ?? 0)) this.faults.raise('log_shortened', logId, known?.size ?? null);
      const head = (await this.rows.heads([logId], manager)).get(logId) ?? NO_HEAD;
      if (head !== NO_HEAD) this.trust.judgeHead(logId, head);
      // The log of a business begins with its creation; that of the platform may be empty.
      if (head.size < sealed || (head === NO_HEAD && logId !== PLATFORM_LOG))
        this.faults.raise('head_forged', logId, null);
      if (stored !== null) await this.judge(stored, from, sealed, manager);
      const rest = { logId, from: Math.max(from, sealed + 1), to: head.size };
      for await (const { from: first, to, rows } of this.rows.events([rest], manager)) {
        const there = new Set(rows.map(({ sequence }) => Number(sequence)));
        await this.genuine.genuine(rows);
        for (let sequence = first; sequence <= to; sequence++)
          if (!there.has(sequence)) this.faults.raise('event_removed', logId, sequence);
      }
    });
  }

  private async judge(stored: StoredTree, from: number, to: number, manager: EntityManager): Promise<void> {
    if (to < from) return;
    const tree = await this.trust.judge(stored, this.trees.tilesOf(stored.logId, manager));
    if (tree === null) return;
    const range = { logId: tree.logId, from, to };
    for await (const part of this.rows.events([range], manager)) await this.comparePart(tree, part, manager);
  }

  override async round(): Promise<void> {
    await inTurn(this.dataSource, 'log_review', (manager) => this.review(manager));
  }

  private async review(manager: EntityManager): Promise<void> {
    const trees = await this.trees.treesFrom(this.next.logId, LOGS_A_STEP, manager);
    const heads = await this.rows.heads(
      trees.map(({ logId }) => logId),
      manager,
    );
    let budget = EVENTS_A_STEP;
    for (const stored of trees) {
      const { logId, size } = stored;
      const head = heads.get(logId);
      if (head !== undefined) this.trust.judgeHead(logId, head);
      const from = logId === this.next.logId ? this.next.from : 1;
      const to = Math.min(size, from + budget - 1);
      await this.judge(stored, from, to, manager);
      budget -= Math.max(0, to - from + 1);
      this.next = { logId, from: to + 1 };
      if (budget <= 0) return;
    }
    if (trees.length < LOGS_A_STEP) this.next = { logId: BEFORE_ALL, from: 1 };
  }

  private async comparePart(
    tree: TrustedTree,
    { from, to, rows }: { from: number; to: number; rows: readonly StoredEvent[] },
    manager: EntityManager,
  ): Promise<void> {
    const { logId } = tree;
    const sequences = Array.from({ length: to - from + 1 }, (_, index) => from + index);
    const indexes = sequences.map((sequence) => sequence - 1);
    const leaves = await this.proven.leaves(tree, indexes, this.trees.tilesOf(logId, manager));
    if (leaves.includes(null)) this.faults.raise('tree_changed', logId, null);
    const bySequence = Map.groupBy(rows, ({ sequence }) => Number(sequence));
    const missing: number[] = [];
    const written: StoredEvent[] = [];
    for (const [index, sequence] of sequences.entries()) {
      if (index % EVENTS_A_TURN === EVENTS_A_TURN - 1) await othersFirst();
      const found = bySequence.get(sequence) ?? [];
      const leaf = leaves[index] ?? null;
      // A changed tile says nothing about its events; its fault was raised.
      const isLeaf = (row: StoredEvent) => (leaf === null || row.leaf_hash.equals(leaf)) && isAsWritten(row);
      if (found.length === 0) missing.push(sequence);
      else if (!found.every(isLeaf)) this.faults.raise('event_forged', logId, sequence);
      else if (found.length > 1) this.faults.raise('event_doubled', logId, sequence);
      else written.push(found[0] as StoredEvent);
    }
    await this.raiseUnlessDropped('event_missing', logId, missing);
    await this.raiseUnlessDropped(
      'register_changed',
      logId,
      await this.unregistered(logId, written, manager),
    );
  }

  /** The sequences of events that the registers do not say what they must of. */
  private async unregistered(
    logId: string,
    events: readonly StoredEvent[],
    manager: EntityManager,
  ): Promise<number[]> {
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) return [];
    const [from, to] = [Number(first.sequence), Number(last.sequence)];
    const taken = await this.rows.registered(logId, from, to, manager);
    const free = events.filter((event) => taken.get(Number(event.sequence)) !== event.occurred_at.getTime());
    const ends = await this.rows.unregisteredEnds(events.filter(endsToken), manager);
    return [...free.map(({ sequence }) => Number(sequence)), ...ends];
  }

  /** What was dropped is read afterwards: what retention drops meanwhile is recorded as dropped before its rows are removed. */
  private async raiseUnlessDropped(
    fault: IntegrityFault,
    logId: string,
    sequences: readonly number[],
  ): Promise<void> {
    if (sequences.length === 0) return;
    const droppedThrough = await this.dropped.through(logId);
    for (const sequence of sequences)
      if (sequence > droppedThrough) this.faults.raise(fault, logId, sequence);
  }
}

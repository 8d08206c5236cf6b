import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { MAX as MAX_UUID } from 'uuid';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../../audit/trail/audit-draft.js';
import type { Change } from '../../changes/change.js';
import { Changes } from '../../changes/changes.js';
import { loggableError } from '../../common/errors/driver-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { emptied } from '../../database/prepared.js';
import { seeEveryBusiness } from '../../database/row-access.js';
import { revocationEvent } from '../one-revocation.js';
import { type Marking, MARKING_EVERY_MS, markWhileLeading, TOKENS_A_STEP } from '../marking-rounds.js';
import { RevocationsRepository } from '../revocations.repository.js';
import { CutOffsRepository, type MarkingRow, type Walked } from './cut-offs.repository.js';
import { MarkingPace } from './marking-pace.js';

/**
 * Tokens that are looked at together: some ten times as many as are marked in one transaction. They are next to each other
 * in the table, and a page of it has room for a few new versions of its rows at a time: the old ones make room once their
 * transaction is over. So each transaction marks some of every page of the window, not all of a few.
 */
export const TOKENS_A_WINDOW = 2000;

/** What the marking of a cut-off has to do from one stored position to the next. */
export class MarkingWindow {
  private readonly parts: string[][];
  private done = 0;

  constructor(
    private readonly from: MarkingRow,
    private readonly log: string,
    private readonly walked: Walked,
    tokensAPart: number,
  ) {
    this.parts = spread(walked.ids, tokensAPart);
  }

  /** Whether it begins where the marking of that log stands. */
  beginsAt({ log: marked, createdAt, tokenId }: MarkingRow, log: string): boolean {
    const { from } = this;
    return (
      this.log === log &&
      from.log === marked &&
      from.createdAt?.getTime() === createdAt?.getTime() &&
      from.tokenId === tokenId
    );
  }

  /** The tokens of the transaction that is due; none, when nothing in the window is to be marked. */
  get due(): readonly string[] {
    return this.parts[this.done] ?? [];
  }

  /** Whether the due ones are its last. */
  get isLastPart(): boolean {
    return this.done >= this.parts.length - 1;
  }

  /** Where the marking stands after it; null: at the end of the log. */
  get end(): Walked['last'] {
    return this.walked.count < TOKENS_A_WINDOW ? null : this.walked.last;
  }

  /** To be called when the due ones are marked and committed. */
  moveOn(): void {
    this.done += 1;
  }
}

/** The same ids in parts of at most `count`, each of them spread over the whole list. */
export function spread(ids: readonly string[], count: number): string[][] {
  const parts = Array.from({ length: Math.ceil(ids.length / count) }, (): string[] => []);
  ids.forEach((id, index) => parts[index % parts.length]?.push(id));
  return parts;
}

/** How long to wait for a locked row, while the log is locked too. */
const LOCK_WAIT_MS_MAX = 200;
const FAILED =
  'Tokens that were cut off could not be marked; it will be retried. They are refused all the same.';

/**
 * Writes the facts of cut-offs into the rows of the tokens, with an event each, some in each transaction. The tokens are
 * refused long before: this is only for the record. One process does it at a time. Each transaction stores its position,
 * so that another process can continue from there, and no token is marked twice. On a busy machine it rests in between.
 */
@Injectable()
export class CutOffMarking extends PeriodicService {
  private readonly logger = new Logger('Tokens');
  /** Of cut-offs that are being marked, by their ids: what is left of what was looked at last. */
  private readonly windows = new Map<string, MarkingWindow>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly changes: Changes,
    private readonly cutOffs: CutOffsRepository,
    private readonly revocations: RevocationsRepository,
    private readonly pace: MarkingPace,
  ) {
    super(MARKING_EVERY_MS, 'Tokens', FAILED);
  }

  /** Starts now, if it is not running; never throws. */
  begin(): void {
    this.rounds.hurry();
  }

  override async round(stopped: AbortSignal): Promise<void> {
    try {
      await markWhileLeading(this.marking, this.dataSource, 'cut_offs', stopped);
    } finally {
      this.windows.clear();
    }
  }

  private readonly marking: Marking<MarkingRow> = {
    after: (last) => this.cutOffs.findMarking(last),
    step: (cutOff) => this.step(cutOff),
    failed: (error, { businessId }) =>
      this.logger.warn({ ...loggableError(error), business_id: businessId }, FAILED),
  };

  private async step(cutOff: MarkingRow): Promise<boolean> {
    const beganMs = performance.now();
    try {
      await this.markSome(cutOff);
    } catch (error) {
      this.windows.delete(cutOff.id);
      throw error;
    }
    await this.pace.rest(performance.now() - beganMs);
    return true;
  }

  /** Marks some tokens of one log, in one transaction of that log. */
  private async markSome(cutOff: MarkingRow): Promise<void> {
    const log = cutOff.businessId === PLATFORM_LOG ? (cutOff.log ?? PLATFORM_LOG) : cutOff.businessId;
    const isOver = log === MAX_UUID;
    const businessId = isOver || log === PLATFORM_LOG ? null : log;
    const nextLog = cutOff.businessId === PLATFORM_LOG && !isOver ? await this.cutOffs.nextLog(log) : null;
    const { result: window } = await this.changes.commit(SYSTEM_CONTEXT, businessId, async (change) => {
      await seeEveryBusiness(change.manager);
      await this.cutOffs.waitNoLonger(LOCK_WAIT_MS_MAX, change.manager);
      const held = await this.cutOffs.holdMarking(cutOff.id, change.manager);
      // Another process has made progress meanwhile.
      if (held === null || held.log !== cutOff.log) return null;
      if (isOver) return this.finish(change, held);
      const { window, marked, mayBeMore } = await this.mark(change, held, businessId);
      if (mayBeMore) return window;
      if (cutOff.businessId !== PLATFORM_LOG) return this.finish(change, held);
      await this.cutOffs.moveOn(cutOff.id, nextLog ?? MAX_UUID, null, marked, change.manager);
      return window;
    });
    window?.moveOn();
  }

  /** @returns how many were marked, unless that is noted already, since there may be more in this log */
  private async mark(
    change: Change,
    cutOff: MarkingRow,
    businessId: string | null,
  ): Promise<{ window: MarkingWindow; marked: number; mayBeMore: boolean }> {
    const { manager } = change;
    const window = await this.windowAt(cutOff, businessId, manager);
    const marked = await this.markThese(change, cutOff, window.due, businessId);
    if (window.isLastPart && window.end === null) return { window, marked, mayBeMore: false };
    const { log, id, tokenId, createdAt } = cutOff;
    const from = tokenId === null || createdAt === null ? null : { id: tokenId, createdAt };
    // Until its last part is done the position stays, so that whoever takes over finds what is left of the window.
    const [newLog, place] = window.isLastPart ? [businessId ?? PLATFORM_LOG, window.end] : [log, from];
    await this.cutOffs.moveOn(id, newLog, place, marked, manager);
    return { window, marked: 0, mayBeMore: true };
  }

  /** What was looked at last, or, when that is done or not known here, what comes next. */
  private async windowAt(
    cutOff: MarkingRow,
    businessId: string | null,
    manager: EntityManager,
  ): Promise<MarkingWindow> {
    const log = businessId ?? PLATFORM_LOG;
    const known = this.windows.get(cutOff.id);
    if (known?.beginsAt(cutOff, log)) return known;
    const walked = await this.cutOffs.walk(cutOff, businessId, TOKENS_A_WINDOW, manager);
    const window = new MarkingWindow(cutOff, log, walked, TOKENS_A_STEP);
    this.windows.set(cutOff.id, window);
    return window;
  }

  /** @returns how many API tokens the cut-off has revoked by that */
  private async markThese(
    change: Change,
    cutOff: MarkingRow,
    ids: readonly string[],
    businessId: string | null,
  ): Promise<number> {
    const { revokedBy, reason } = cutOff;
    const event = { businessId, author: SYSTEM_CONTEXT, reason };
    const origin = { cause: 'cut_off', origin: cutOff.id } as const;
    let marked = 0;
    // The trigger on the table writes the facts of the first cut-off of each token, which may be a different one.
    for await (const rows of this.revocations.revokeInParts(ids, { revokedBy, reason }, change.manager)) {
      for (const row of rows) change.record(revocationEvent(event, row, origin));
      // Neither those that an earlier cut-off revoked nor sessions are counted.
      marked += rows.filter((row) => row.revoked_with === cutOff.id && row.kind === 'api').length;
      emptied(rows);
      await change.writeSoFar();
    }
    return marked;
  }

  private async finish(change: Change, { id, reason }: MarkingRow): Promise<null> {
    const tokensRevoked = await this.cutOffs.finish(id, change.manager);
    change.record({
      action: 'token.cut_off_marked',
      target: { kind: 'revocation', id },
      reason,
      details: { tokens_revoked: tokensRevoked },
    });
    return null;
  }
}

import { Logger } from '@nestjs/common';
import { SYSTEM_CONTEXT, type AuditDraft } from '../audit/trail/audit-draft.js';
import { loggableError } from '../common/errors/driver-error.js';
import type { TurnName } from '../admission/limits.js';
import type { Turns } from '../admission/turns.js';
import type { Changes } from './changes.js';

/** Of one log, in one transaction: other changes of the log wait for it. */
const EVENTS_AT_ONCE = 100;

/** What has happened so many times, and in whose log that is said; left out: the platform's. */
interface Counted {
  readonly businessId?: string | null;
  count: number;
}

/** Counts together what is alike. Its policy bounds the memory: what there is no room for is counted with others, and not lost. */
export class Tally<Line extends Counted> {
  protected readonly lines = new Map<string, Line>();
  private readonly ofLog = new Map<string | null, number>();

  /**
   * @param keyOf what those that are counted together have in common
   * @param coarser what a new line is counted as beside so many others, of all logs and of its own; null: it has room
   */
  constructor(
    private readonly keyOf: (line: Line) => string,
    private readonly coarser: (line: Line, lines: number, ofLog: number) => Line | null = () => null,
  ) {}

  /** The line that this one is counted with. */
  find(line: Line): Line | undefined {
    return this.lines.get(this.keyOf(line));
  }

  count(line: Line): void {
    const known = this.find(line);
    if (known !== undefined) return this.addTo(known, line);
    const ofLog = this.ofLog.get(line.businessId ?? null) ?? 0;
    const instead = this.coarser(line, this.lines.size, ofLog);
    if (instead !== null) return this.count(instead);
    this.lines.set(this.keyOf(line), { ...line });
    this.ofLog.set(line.businessId ?? null, ofLog + 1);
  }

  /** Removes and returns all of it. */
  takeAll(): Line[] {
    const lines = [...this.lines.values()];
    this.lines.clear();
    this.ofLog.clear();
    return lines;
  }

  /** Counts again what could not be written. */
  putBack(lines: readonly Line[]): void {
    for (const line of lines) this.count(line);
  }

  protected addTo(known: Line, line: Line): void {
    known.count += line.count;
  }

  protected remove(line: Line): void {
    this.lines.delete(this.keyOf(line));
    const left = (this.ofLog.get(line.businessId ?? null) ?? 1) - 1;
    if (left === 0) this.ofLog.delete(line.businessId ?? null);
    else this.ofLog.set(line.businessId ?? null, left);
  }
}

/**
 * The one way in which refusals and failures that are no changes come into the log: those of one log in transactions of that log
 * alone, in turns between logs, so that one that somebody holds delays those of no other.
 */
export class CollectedEvents<Line extends Counted> {
  private readonly logger = new Logger('Audit');

  /**
   * @param limit whose turns logs take
   * @param eventOf says by itself whose the event is
   * @param what "… could not be recorded"
   */
  constructor(
    private readonly changes: Changes,
    private readonly turns: Turns,
    private readonly limit: TurnName,
    private readonly eventOf: (line: Line) => AuditDraft,
    private readonly what: string,
  ) {}

  /**
   * Resolves once they are recorded, in one transaction.
   * @param lines is asked once, when it is the turn of the log
   * @throws DomainError as Changes does; `service.unavailable` when the turn does not come; or the driver's error
   */
  write(businessId: string | null, lines: () => readonly Line[]): Promise<void> {
    return this.turns.run(this.limit, businessId, async () => {
      const due = lines();
      await this.changes.make(SYSTEM_CONTEXT, businessId, 'unconcerned', (change) => {
        for (const line of due) change.record(this.eventOf(line));
      });
    });
  }

  /** Writes as many as there are, some in each transaction; what cannot be written is put back into `tally`, for the next time. */
  async writeAll(lines: readonly Line[], tally: Pick<Tally<Line>, 'putBack'>): Promise<void> {
    const writeLog = async ([businessId, left]: [string | null, Line[]]): Promise<void> => {
      try {
        for (; left.length > 0; left.splice(0, EVENTS_AT_ONCE))
          await this.write(businessId, () => left.slice(0, EVENTS_AT_ONCE));
      } catch (error) {
        tally.putBack(left);
        this.logger.warn(loggableError(error), `${this.what} could not be recorded; it will be retried.`);
      }
    };
    const byLog = Map.groupBy(lines, ({ businessId }) => businessId ?? null);
    await Promise.all([...byLog].map(writeLog));
  }
}

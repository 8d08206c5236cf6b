import { Injectable, Logger } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { sessionOf } from '../../database/prepared.js';
import { acrossBusinesses, seeEveryBusiness } from '../../database/row-access.js';
import { PLATFORM_LOG, SYSTEM_CONTEXT, type AuditDraft } from '../trail/audit-draft.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { beginChange } from '../trail/begin-change.js';
import { businessIdOf } from './checkpoint-notes.js';
import { OpenFaultsRepository } from './open-faults.repository.js';

/** The kinds of faults. Each means that somebody changed the database, or a file, without Rescind. */
export type IntegrityFault = keyof typeof SENTENCES;

const SENTENCES = {
  event_changed: 'An audit event is not what was written; its leaf is, so that exports will show the change.',
  event_forged:
    'A row of the audit log is not one that Rescind wrote there. It is not answered, and nothing from it on is sealed.',
  event_removed: 'An audit event was removed before it was sealed. Nothing from it on is sealed.',
  event_lost:
    'An audit event that this process had written, and that was committed, is not in the log any more: its newest part was set back.',
  event_doubled: 'A sequence of the audit log is there twice; the event that was written is sealed.',
  register_changed:
    'The register of sequences, of the ends of tokens or of cut-offs does not say what the audit log says.',
  event_missing: 'A sealed audit event is gone; exports show that it is missing.',
  drop_forged:
    'The database says that retention has dropped more of the audit log than its events record. That is not believed.',
  head_forged: 'The head of the audit log is not where Rescind left it.',
  log_shortened: 'The audit log is shorter than what was sealed. Nothing more of it is sealed.',
  tree_forged: 'What the database says of a sealed log was not written by Rescind. It is not signed.',
  tree_changed: 'The stored tree of the audit log is not the sealed one. Nothing more of it is sealed.',
  log_forked:
    'The audit log is not the one whose checkpoint is known, as after restoring an old backup. Nothing more of it is sealed.',
  checkpoint_unreadable:
    'The latest published checkpoint of the audit log cannot be read. Nothing more of it is sealed.',
  token_unrevoked: 'A token that was revoked had become active again. It is refused, and revoked again.',
  token_forged:
    'The row of a token is not one that Rescind wrote: something in it was changed. It is refused.',
  token_invented: 'A token is in the database that the audit log never saw issued. It is refused.',
  token_differs:
    'A token is not what the audit log says: its scopes, owner, end, external id, metadata, addresses or revocation; or its row is gone. It is refused.',
  member_differs: 'A member is not what the audit log says. Their tokens are refused.',
  identity_differs: 'An identity is not what the audit log says. Its tokens are refused.',
  business_differs:
    'A business is not suspended, or is, other than the audit log says. Its tokens are refused.',
  cut_off_differs:
    'A cut-off is not what the audit log says: it was lowered, moved or taken away, or nobody made it. The tokens of what was cut off are refused.',
  feed_incomplete:
    'A verifier still remembered a token that had ended: the feed was kept from it. All that it remembered is forgotten.',
  receipt_differs: 'The row of a revoked token does not say what the audit log says. No receipt is signed.',
  anchor_changed:
    'What the database says of the anchor of a log does not lead to the log of the platform. It is not answered.',
  archive_changed: 'An archive of dropped audit events is not what was written, or is gone.',
};

/** Faults that are nobody's in particular, whichever log they are found in: docs/operations.md has the table. */
const OF_ALL = new Set<string>(['feed_incomplete'] satisfies IntegrityFault[]);

interface IntegrityProblem {
  /** Whether all that this process does rests on it. What one business' log or rows say is refused there, and nowhere else. */
  ofAll: boolean;
  sentence: string;
}

/** If there are more than these, all of one kind and log count as one. */
const TOLD_MAX = 1000;
/** After this time it is recorded again, if it was cleared meanwhile. */
const TELL_AGAIN_MS = 30_000;

interface Found {
  fault: IntegrityFault;
  logId: string;
  subject: string;
}

/**
 * Raises faults: an error in the process's log, an event in the platform's log and in that of the business, the
 * metrics `rescind_audit_faults_total` and `rescind_audit_faults_open`. No process is ready while one of the platform's log or of
 * the feed is open, until an operator clears it; one of a business refuses only what rests on it. Each fault is recorded once while
 * it is open, and counted whenever it is found.
 */
@Injectable()
export class IntegrityFaults {
  /** Since the start of this process. */
  count = 0;
  private readonly logger = new Logger('Audit');
  /** When each was last recorded, on the monotonic clock. */
  private readonly told = new Map<string, number>();
  private readonly unrecorded = new Map<string, Found>();
  private recording: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly dataSource: DataSource,
    private readonly trail: AuditTrail,
    private readonly open: OpenFaultsRepository,
  ) {}

  /** What is found and not cleared, for readiness; null: nothing. */
  async problem(): Promise<IntegrityProblem | null> {
    const found = [...(await this.open.kinds()), ...this.unrecorded.values()];
    if (found.length === 0) return null;
    const logs = new Set(found.map(({ logId }) => logId)).size;
    return {
      ofAll: found.some(({ logId, fault }) => logId === PLATFORM_LOG || OF_ALL.has(fault)),
      sentence: `Something was changed behind Rescind's back in ${logs} logs: see the log of the platform for integrity.violated, and \`rescind audit faults\`.`,
    };
  }

  /** @param subject what is concerned: a sequence of the log, the id of a token, or the name of a file */
  raise(fault: IntegrityFault, logId: string, subject: number | string | null): void {
    this.count++;
    const each = keyOf({ fault, logId, subject: String(subject ?? '') });
    const isOneMore = !this.told.has(each) && this.told.size >= TOLD_MAX;
    const found: Found = { fault, logId, subject: isOneMore ? '' : String(subject ?? '') };
    const key = keyOf(found);
    const toldAt = this.told.get(key);
    if (toldAt === undefined ? this.told.size >= 2 * TOLD_MAX : performance.now() - toldAt < TELL_AGAIN_MS)
      return;
    this.told.set(key, performance.now());
    if (toldAt === undefined) this.logger.error({ fault, business_id: logId, subject }, SENTENCES[fault]);
    this.unrecorded.set(key, found);
    this.recording = this.record(found).then(
      () => this.unrecorded.delete(key),
      (error: unknown) => {
        // Reported again when it is found again.
        this.told.delete(key);
        this.logger.warn(loggableError(error), 'A fault could not be recorded; it will be retried.');
      },
    );
  }

  /** What this process has found of a log. */
  foundOf(log: string): Found[] {
    const found = [...this.told.keys()].map((key) => key.split(' ') as [IntegrityFault, string, string]);
    return found.flatMap(([fault, logId, subject]) => (logId === log ? { fault, logId, subject } : []));
  }

  /** Resolves once what was raised last is recorded, or could not be. */
  async settled(): Promise<void> {
    await this.recording;
  }

  /** Clears the open faults of one log, or those of some kinds, and believes no head by that. @returns how many there were */
  clear(logId: string, kinds?: readonly IntegrityFault[]): Promise<number> {
    return this.inLogs(logId, async (manager, logs) => {
      const faults = await this.open.clear(logId, manager, kinds);
      if (faults > 0 && kinds === undefined) this.trail.believeHeads(await sessionOf(manager));
      const event = { action: 'integrity.cleared' as const, details: { log: logId, faults } };
      if (faults > 0) await this.tell(logId, event, logs, manager);
      return faults;
    });
  }

  /** In both logs; only in that of the platform if the other one cannot be written any more. */
  private async record(found: Found): Promise<void> {
    try {
      await this.recordIn('both', found);
    } catch (error) {
      if (found.logId === PLATFORM_LOG) throw error;
      await this.recordIn('platform', found);
    }
  }

  private async recordIn(where: 'both' | 'platform', { fault, logId, subject }: Found): Promise<void> {
    await this.inLogs(logId, async (manager, held) => {
      const logs = where === 'both' ? held : [PLATFORM_LOG];
      if (!(await this.open.open(logId, fault, subject, manager))) return;
      const details = { fault, log: logId, subject: subject === '' ? null : subject };
      await this.tell(logId, { action: 'integrity.violated', outcome: 'failure', details }, logs, manager);
    });
  }

  private async tell(
    logId: string,
    event: Pick<AuditDraft<'integrity.cleared' | 'integrity.violated'>, 'action' | 'outcome' | 'details'>,
    logs: readonly string[],
    manager: EntityManager,
  ): Promise<void> {
    const { actor, request } = SYSTEM_CONTEXT;
    const draft = { ...event, actor, request, target: { kind: 'audit' as const, id: logId } };
    await this.trail.recordAll(
      logs.map((log) => ({ ...draft, businessId: businessIdOf(log) })),
      manager,
    );
  }

  /** Runs `work` in a change of the platform's log and, if it is that of a business, of the log that is concerned. */
  private inLogs<Result>(
    logId: string,
    work: (manager: EntityManager, logs: readonly string[]) => Promise<Result>,
  ): Promise<Result> {
    return acrossBusinesses(this.dataSource, (session) =>
      session.transaction(async (manager) => {
        const isOther = logId !== PLATFORM_LOG && (await this.open.isBusiness(logId, manager));
        const logs = isOther ? [PLATFORM_LOG, logId] : [PLATFORM_LOG];
        await beginChange(await sessionOf(manager), logs, []);
        if (logId !== PLATFORM_LOG && !isOther) await seeEveryBusiness(await sessionOf(manager));
        return work(manager, logs);
      }),
    );
  }
}

function keyOf({ fault, logId, subject }: Found): string {
  return `${fault} ${logId} ${subject}`;
}

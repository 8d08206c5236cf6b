import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { PeriodicService } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { whileLeading } from '../../database/leadership.js';
import { sessionOf } from '../../database/prepared.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { Proofs } from '../proofs/proofs.js';
import type { TrustedTree } from '../sealing/trees.repository.js';
import { PLATFORM_LOG, SYSTEM_CONTEXT } from '../trail/audit-draft.js';
import { AuditTrail } from '../trail/audit-trail.js';
import { beginChange } from '../trail/begin-change.js';
import { type Cosignature, cosignerVkeyOf } from '../../log-format/transparency/cosignature.js';
import type { PolicyWitness } from '../../log-format/transparency/witness-policy.js';
import { CosignaturesRepository } from '../proofs/cosignatures.repository.js';
import { CosignedCheckpoints, InstalledPolicy } from '../proofs/cosigned-checkpoints.js';
import { type Submission, WitnessClient, WitnessRefused } from './witness-client.js';

const BACKOFF_MS = { first: 1000, max: 60_000 };
/** A checkpoint that has not changed is cosigned anew so often: its time says that nothing newer was hidden. */
const REFRESH_MS = 600_000;
/** A cosignature with another time than this from the database's is not kept: it is an old one, or the clock is wrong. */
const CLOCK_SKEW_SECONDS_MAX = 300;

const SENTENCES = {
  inconsistent:
    'refuses the checkpoint: two histories of this log were signed (as after a backup was restored, or by somebody else with the key), or the witness lies.',
  ahead:
    'has cosigned a longer log: the newest events of this one are gone (as after a backup was restored), or the witness lies.',
  unreachable: 'does not answer; it is asked again.',
  untrusted: 'answers what is no cosignature of it; it is asked again.',
  refused: 'does not cosign; it is asked again.',
};

interface Asking {
  stopped: AbortSignal;
  nowSeconds: () => Promise<number>;
  keep: (cosignature: Cosignature) => Promise<void>;
  /** Writes into the log that it knows another one. */
  note: (reason: string) => Promise<void>;
}

/** One witness, as the process that asks knows it. Its failures are nobody else's: it is asked again, less and less often. */
class AskedWitness {
  cosignatures = 0;
  failures = 0;
  private readonly client: WitnessClient;
  private asking: Promise<void> | null = null;
  private streak = 0;
  private cosignedSize = 0;
  /** On the monotonic clock. */
  private notBeforeMs = 0;
  private refreshAtMs = 0;

  constructor(
    readonly witness: PolicyWitness & { url: string },
    private readonly logger: Logger,
  ) {
    this.client = new WitnessClient(witness);
  }

  /** Its name in the policy. */
  get alias(): string {
    return this.witness.alias;
  }

  /** Whether it should be asked about a tree of that size now. */
  isDue(size: number): boolean {
    const nowMs = performance.now();
    if (this.asking !== null || nowMs < this.notBeforeMs) return false;
    return size > this.cosignedSize || nowMs >= this.refreshAtMs;
  }

  /** Asks, and hands over what it cosigns. Never rejects. */
  ask(submission: Submission, { stopped, nowSeconds, keep, note }: Asking): Promise<void> {
    const asking = this.client
      .cosign(submission, stopped)
      .then(async (cosignature) => {
        demandFresh(cosignature, await nowSeconds());
        await keep(cosignature);
        this.succeeded(submission.size);
      })
      .catch(async (error: unknown) => {
        if (stopped.aborted) return;
        const reason = this.failed(error);
        if (reason === 'inconsistent' || reason === 'ahead') await note(reason);
      })
      .catch((error: unknown) =>
        this.logger.warn(loggableError(error), 'A refusal could not be recorded; it will be retried.'),
      )
      .finally(() => (this.asking = null));
    this.asking = asking;
    return asking;
  }

  /** Resolves once it is not being asked any more. */
  async settled(): Promise<void> {
    await this.asking;
  }

  private succeeded(size: number): void {
    this.cosignatures += 1;
    this.cosignedSize = size;
    this.refreshAtMs = performance.now() + REFRESH_MS;
    if (this.streak > 0) this.logger.log(`The witness ${this.alias} cosigns again.`);
    this.streak = 0;
  }

  /** @returns why the witness refused; null: it could not be asked */
  private failed(error: unknown): keyof typeof SENTENCES | null {
    this.failures += 1;
    this.streak += 1;
    const backoffMs = Math.min(BACKOFF_MS.first * 2 ** Math.min(this.streak - 1, 10), BACKOFF_MS.max);
    this.notBeforeMs = performance.now() + backoffMs * (0.75 + Math.random() / 2);
    const kind = error instanceof WitnessRefused ? error.kind : null;
    const said = `The witness ${this.alias} ${kind === null ? 'could not be asked; it will be retried.' : SENTENCES[kind]}`;
    const facts = { witness: this.alias, reason: kind, error: String(error) };
    if (kind === 'inconsistent' || kind === 'ahead') this.logger.error(facts, said);
    else if (this.streak === 1) this.logger.warn(facts, said);
    return kind;
  }
}

function demandFresh({ seconds }: Cosignature, nowSeconds: number): void {
  const skew = Math.round(seconds - nowSeconds);
  if (Math.abs(skew) > CLOCK_SKEW_SECONDS_MAX)
    throw new WitnessRefused(
      'untrusted',
      `Its cosignature is ${Math.abs(skew)} s ${skew < 0 ? 'old' : 'ahead'}.`,
    );
}

/** For so long nobody asks after whoever did has ended. */
const STAND_BY_MS = 1000;

/**
 * Asks the witnesses of the policy to cosign the checkpoints of the platform's log, all of them about the same one. One process
 * at a time does. Nobody waits for it: neither sealing, nor readers, nor one witness for another, but for the quorum.
 */
@Injectable()
export class Witnesses extends PeriodicService {
  private readonly logger = new Logger('Audit');
  /** As this process knows them. */
  readonly asked: readonly AskedWitness[];
  private readonly everyMs: number;

  constructor(
    @Inject(auditConfig.KEY) { sealMs }: ConfigType<typeof auditConfig>,
    private readonly installed: InstalledPolicy,
    private readonly dataSource: DataSource,
    private readonly proofs: Proofs,
    private readonly notes: CheckpointNotes,
    private readonly rows: CosignaturesRepository,
    private readonly cosigned: CosignedCheckpoints,
    private readonly trail: AuditTrail,
  ) {
    super(STAND_BY_MS);
    const witnesses = installed.policy?.witnesses ?? [];
    this.asked = witnesses.filter(hasAddress).map((witness) => new AskedWitness(witness, this.logger));
    this.everyMs = sealMs;
  }

  /** By log, how long ago its latest checkpoint with a quorum had it: Infinity if none has, NaN where that cannot be told. */
  async quorumAges(): Promise<[log: string, seconds: number][]> {
    if (this.asked.length === 0) return [];
    try {
      const tree = await this.proofs.present(PLATFORM_LOG);
      const latest = tree === null ? null : await this.cosigned.latest(tree);
      if (latest === null) return [['platform', Infinity]];
      // The policy asks for no quorum.
      if (latest.seconds === null) return [];
      return [['platform', (await this.rows.nowSeconds()) - latest.seconds]];
    } catch {
      return [['platform', NaN]];
    }
  }

  protected override get isWanted(): boolean {
    return this.asked.length > 0;
  }

  override round(stopped: AbortSignal): Promise<void> {
    return whileLeading(this.dataSource, 'audit_witnesses', stopped, async (over) => {
      while (!over.aborted) {
        await this.ask(over).catch((error: unknown) => {
          if (!over.aborted)
            this.logger.warn(loggableError(error), 'The witnesses could not be asked; it will be retried.');
        });
        await delay(this.everyMs, undefined, { signal: over }).catch(() => undefined);
      }
      await Promise.all(this.asked.map((each) => each.settled()));
    });
  }

  /** Until enough have cosigned, or all that were asked have answered. A slow one goes on being asked meanwhile. */
  private async ask(over: AbortSignal): Promise<void> {
    const tree = await this.proofs.present(PLATFORM_LOG);
    const due = tree === null ? [] : this.asked.filter((each) => each.isDue(tree.size));
    if (tree === null || due.length === 0) return;
    const submission = {
      size: tree.size,
      note: this.notes.noteOf(tree),
      proofFrom: async (size: number) =>
        (await this.proofs.consistency(PLATFORM_LOG, size, tree.size)).hashes,
    };
    await new Promise<void>((resolve) => {
      const asking = due.map((each) =>
        each.ask(submission, {
          stopped: over,
          nowSeconds: () => this.rows.nowSeconds(),
          keep: async (cosignature) => {
            if (await this.keep(tree, each.witness, cosignature)) resolve();
          },
          note: (reason) => this.noteRefusal(tree, each.witness, reason),
        }),
      );
      void Promise.all(asking).then(() => resolve());
    });
  }

  private async noteRefusal({ size }: TrustedTree, by: PolicyWitness, reason: string): Promise<void> {
    const witness = cosignerVkeyOf(by);
    await this.dataSource.transaction(async (manager) => {
      await beginChange(await sessionOf(manager), [PLATFORM_LOG], []);
      if (await this.rows.isRefusalKnown(witness, reason, manager)) return;
      const event = {
        businessId: null,
        actor: SYSTEM_CONTEXT.actor,
        request: SYSTEM_CONTEXT.request,
        action: 'checkpoint.refused' as const,
        target: { kind: 'audit' as const, id: PLATFORM_LOG },
        outcome: 'failure' as const,
        details: { witness, reason, size },
      };
      await this.trail.record(event, manager);
    });
  }

  /** @returns whether enough have cosigned that tree */
  private async keep(tree: TrustedTree, witness: PolicyWitness, { line }: Cosignature): Promise<boolean> {
    const { logId, size } = tree;
    await this.rows.keep(logId, size, cosignerVkeyOf(witness), line);
    if ((await this.cosigned.latest(tree))?.tree.size !== size) return false;
    await this.rows.forgetBelow(logId, size);
    return true;
  }
}

function hasAddress(witness: PolicyWitness): witness is PolicyWitness & { url: string } {
  return witness.url !== null;
}

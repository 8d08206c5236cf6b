import { setTimeout as delay } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { DataSource } from 'typeorm';
import { loggableError } from '../../common/errors/driver-error.js';
import { PeriodicTask } from '../../common/periodic-task.js';
import { auditConfig } from '../../config/audit.config.js';
import { whileLeading } from '../../database/leadership.js';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { Proofs } from '../sealing/proofs.js';
import type { TrustedTree } from '../sealing/trees.repository.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { cosignerVkeyOf, type Cosignature } from '../transparency/cosignature.js';
import type { PolicyWitness } from '../transparency/witness-policy.js';
import { AskedWitness } from './asked-witness.js';
import { CosignaturesRepository } from './cosignatures.repository.js';
import { CosignedCheckpoints } from './cosigned-checkpoints.js';
import { InstalledPolicy } from './installed-policy.js';

/** For so long nobody asks after whoever did has ended. */
const STAND_BY_MS = 1000;

/**
 * Asks the witnesses of the policy to cosign the checkpoints of the platform's log, all of them about the same one. One process
 * at a time does. Nobody waits for it: neither sealing, nor readers, nor one witness for another, but for the quorum.
 */
@Injectable()
export class Witnesses implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly asked: AskedWitness[];
  private readonly turns: PeriodicTask;
  private readonly everyMs: number;

  constructor(
    @Inject(auditConfig.KEY) { sealMs }: ConfigType<typeof auditConfig>,
    private readonly installed: InstalledPolicy,
    private readonly dataSource: DataSource,
    private readonly proofs: Proofs,
    private readonly notes: CheckpointNotes,
    private readonly rows: CosignaturesRepository,
    private readonly cosigned: CosignedCheckpoints,
  ) {
    const witnesses = installed.policy?.witnesses ?? [];
    this.asked = witnesses.filter(hasAddress).map((witness) => new AskedWitness(witness, this.logger));
    this.everyMs = sealMs;
    this.turns = new PeriodicTask((stopped) => this.turn(stopped), STAND_BY_MS);
  }

  /** By the name in the policy, of this process. */
  get counts(): { witness: string; cosignatures: number; failures: number }[] {
    return this.asked.map(({ witness, cosignatures, failures }) => ({
      witness: witness.alias,
      cosignatures,
      failures,
    }));
  }

  /** By log, how long ago its latest checkpoint with a quorum had it: Infinity if none has, NaN where that cannot be told. */
  async quorumAges(): Promise<[log: string, seconds: number][]> {
    if (this.asked.length === 0) return [];
    const age = await this.quorumAge().catch(() => NaN);
    return age === null ? [] : [['platform', age]];
  }

  /** Null: the policy asks for no quorum. */
  private async quorumAge(): Promise<number | null> {
    const tree = await this.proofs.present(PLATFORM_LOG);
    const latest = tree === null ? null : await this.cosigned.latest(tree);
    if (latest === null) return Infinity;
    return latest.seconds === null ? null : (await this.rows.nowSeconds()) - latest.seconds;
  }

  onApplicationBootstrap(): void {
    if (this.asked.length > 0) this.turns.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.turns.stop();
  }

  private turn(stopped: AbortSignal): Promise<void> {
    return whileLeading(this.dataSource, 'audit_witnesses', stopped, async (over) => {
      while (!over.aborted) {
        await this.round(over).catch((error: unknown) => {
          if (!over.aborted)
            this.logger.warn(loggableError(error), 'The witnesses could not be asked; it will be retried.');
        });
        await delay(this.everyMs, undefined, { signal: over }).catch(() => undefined);
      }
      await Promise.all(this.asked.map((each) => each.settled()));
    });
  }

  /** Until enough have cosigned, or all that were asked have answered. A slow one goes on being asked meanwhile. */
  private async round(over: AbortSignal): Promise<void> {
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
        }),
      );
      void Promise.all(asking).then(() => resolve());
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

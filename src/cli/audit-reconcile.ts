import type { INestApplicationContext } from '@nestjs/common';
import { IntegrityFaults } from '../audit/sealing/integrity-faults.js';
import { PeriodicTask } from '../common/periodic-task.js';
import type { StateDifference } from '../integrity/state-comparison.js';
import { StateReconciliation } from '../integrity/state-reconciliation.js';
import { UnreadableInput } from '../log-format/verifying/unreadable-input.js';
import { PLATFORM_LOG } from '../audit/trail/audit-draft.js';
import { inApplication } from './in-application.js';
import { report } from './report.js';
import { CheckpointNotes } from '../audit/sealing/checkpoint-notes.js';
import { TreeTrust, trusted } from '../audit/sealing/tree-trust.js';
import { openCheckpoint } from '../log-format/transparency/checkpoint.js';
import type { PublicNoteKey } from '../log-format/transparency/note-key.js';
import { UntrustedNote } from '../log-format/transparency/signed-note.js';
import type { ExportVerifier } from '../log-format/verifying/export-verifier.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { readText } from './audit-verify/read-inputs.js';
import { readExport } from './audit-verify/verify-export.js';

/** Files with what somebody kept outside of the database. */
export interface KeptFiles {
  exports: readonly string[];
  checkpoints: readonly string[];
}

/** What exports and checkpoints that were kept say of the logs. Believed only under the keys of this service. */
export class KeptEvidence {
  /** Origins of logs of which the database has nothing. */
  readonly gone: string[] = [];
  private readonly exports = new Map<string, ExportVerifier[]>();
  private readonly keys: PublicNoteKey[];

  /** @param logs those that the database has */
  constructor(
    private readonly app: INestApplicationContext,
    private readonly logs: readonly string[],
  ) {
    this.keys = app.get(SigningKeys).all.map(({ publicKey }) => ({ name: null, publicKey }));
  }

  /** @throws UnreadableInput also for what is not signed by this service, or was changed */
  async take({ exports, checkpoints }: KeptFiles): Promise<void> {
    for (const path of checkpoints) this.know(this.opened(path, await readText(path)));
    for (const path of exports) {
      const expected = { keys: this.keys, kept: [], origin: null, archive: null, requireComplete: false };
      const verifier = await readExport(path, expected);
      const { verified, origin, size, root, failures } = verifier.finish();
      if (!verified || size === null || root === null)
        throw new UnreadableInput(
          `${path} proves nothing: ${failures[0]?.message ?? 'it has no checkpoint'}`,
        );
      const logId = this.know({ origin, size, root: Buffer.from(root, 'base64') });
      if (logId !== undefined) this.exports.set(logId, [...(this.exports.get(logId) ?? []), verifier]);
    }
  }

  /** Whether an export says that a token was revoked. */
  hasRevoked(logId: string, tokenId: string): boolean {
    return this.exports.get(logId)?.some((each) => each.hasRevoked(tokenId)) ?? false;
  }

  private opened(path: string, note: string) {
    try {
      return openCheckpoint(note, this.keys);
    } catch (cause) {
      if (!(cause instanceof UntrustedNote)) throw cause;
      throw new UnreadableInput(`${path} proves nothing: ${cause.message}`, { cause });
    }
  }

  /** From now on the log must begin with that tree. */
  private know({
    origin,
    size,
    root,
  }: {
    origin: string;
    size: number;
    root: Uint8Array;
  }): string | undefined {
    const notes = this.app.get(CheckpointNotes);
    const logId = [PLATFORM_LOG, ...this.logs].find((id) => notes.originOf(id) === origin);
    if (logId === undefined) this.gone.push(origin);
    else this.app.get(TreeTrust).remember(trusted({ logId, size, root: Buffer.from(root) }));
    return logId;
  }
}

const PROGRESS_MS = 2000;

/**
 * Prints a line for each difference on standard output, and its progress on standard error. It mends nothing, and no
 * background task does while it judges.
 */
export async function reconcile(businessId: string | null, files: KeptFiles): Promise<void> {
  let count = 0;
  let raised = 0;
  PeriodicTask.holdAll();
  await inApplication(async (app) => {
    const reconciliation = app.get(StateReconciliation);
    const all = await reconciliation.businesses();
    if (businessId !== null && !all.includes(businessId)) {
      report('There is no business of that id.');
      process.exitCode = 2;
      return;
    }
    const kept = new KeptEvidence(app, all);
    try {
      await kept.take(files);
    } catch (error) {
      if (!(error instanceof UnreadableInput)) throw error;
      report(error.message);
      process.exitCode = 2;
      return;
    }
    count += kept.gone.length;
    kept.gone.forEach((origin) => process.stdout.write(`${origin} - log that is gone\n`));
    const wanted = businessId === null ? [null, ...all] : [businessId];
    let toldAt = performance.now();
    for (const [index, each] of wanted.entries()) {
      const found = await reconciliation.run(each, (id) => kept.hasRevoked(each ?? PLATFORM_LOG, id));
      count += found.length;
      found.forEach((difference) => process.stdout.write(lineOf(each, difference)));
      if (performance.now() - toldAt < PROGRESS_MS && index + 1 < wanted.length) continue;
      toldAt = performance.now();
      report(`${index + 1} of ${wanted.length} logs compared, ${count} differences.`);
    }
    raised = app.get(IntegrityFaults).count;
  });
  if (count + raised > 0) process.exitCode = 1;
}

function lineOf(businessId: string | null, { id, what }: StateDifference): string {
  return `${businessId ?? 'platform'} ${id} ${what}\n`;
}

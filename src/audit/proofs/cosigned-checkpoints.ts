import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { CheckpointNotes } from '../sealing/checkpoint-notes.js';
import { trusted } from '../sealing/tree-trust.js';
import { TreesRepository, type TrustedTree } from '../sealing/trees.repository.js';
import { PLATFORM_LOG } from '../trail/audit-draft.js';
import { bodyOf, originOf } from '../../log-format/transparency/checkpoint.js';
import { type Cosignature, cosignaturesIn } from '../../log-format/transparency/cosignature.js';
import { consistencyProof, readRoot } from '../../log-format/transparency/proof-generation.js';
import { consistencyHolds } from '../../log-format/transparency/proof-verification.js';
import { UntrustedNote } from '../../log-format/transparency/signed-note.js';
import { nodeReaderOf } from '../../log-format/transparency/tiles.js';
import { CosignaturesRepository, type StoredCosignature } from './cosignatures.repository.js';
import { auditConfig } from '../../config/audit.config.js';
import { ConfigError } from '../../config/environment.js';
import { UnusablePolicy, WitnessPolicy } from '../../log-format/transparency/witness-policy.js';

const VARIABLE = 'RESCIND_WITNESS_POLICY';

/** Which witnesses are asked, and how many must cosign; null: nobody is asked. */
@Injectable()
export class InstalledPolicy {
  readonly policy: WitnessPolicy | null;

  constructor(@Inject(auditConfig.KEY) config: ConfigType<typeof auditConfig>) {
    this.policy = witnessPolicyOf(config);
  }
}

/** @throws ConfigError with one sentence, when the policy cannot be used here */
export function witnessPolicyOf({
  witnessPolicy: text,
  logName,
}: Pick<ConfigType<typeof auditConfig>, 'witnessPolicy' | 'logName'>): WitnessPolicy | null {
  if (text === undefined) return null;
  const policy = readPolicy(text);
  const origin = originOf(logName, null);
  if (policy.logs.length > 0 && !policy.logs.some(({ name }) => name === origin))
    throw new ConfigError(VARIABLE, `names logs, but not ${origin}, which is the one that is cosigned.`);
  const asked = policy.witnesses.filter(({ url }) => url !== null);
  for (const { alias, url } of asked)
    if (!isAddress(url as string))
      throw new ConfigError(
        VARIABLE,
        `gives the witness ${JSON.stringify(alias.slice(0, 64))} an address that is no http:// or https:// address without credentials.`,
      );
  if (asked.length === 0) throw new ConfigError(VARIABLE, 'gives no witness an address to be asked at.');
  if (!policy.isWithin(asked))
    throw new ConfigError(VARIABLE, 'has a quorum that the witnesses with an address cannot reach.');
  return policy;
}

function readPolicy(text: string): WitnessPolicy {
  try {
    return new WitnessPolicy(text);
  } catch (error) {
    if (!(error instanceof UnusablePolicy)) throw error;
    throw new ConfigError(VARIABLE, `names a policy that cannot be used: ${error.message}.`);
  }
}

function isAddress(text: string): boolean {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false;
  const { username, password, search, hash } = new URL(text);
  return username === '' && password === '' && search === '' && hash === '';
}

/** A checkpoint that enough witnesses have cosigned. */
interface CosignedCheckpoint {
  tree: TrustedTree;
  /** The signed note, with the cosignatures. */
  note: string;
  /** Unix time at which it had the quorum; null: the policy asks for none. */
  seconds: number | null;
}

/** Checkpoints with the cosignatures that there are. What the rows say is believed only under the keys of the policy. */
@Injectable()
export class CosignedCheckpoints {
  constructor(
    private readonly installed: InstalledPolicy,
    private readonly rows: CosignaturesRepository,
    private readonly notes: CheckpointNotes,
    private readonly trees: TreesRepository,
  ) {}

  /** Whether witnesses are asked about that log: about the platform's alone. */
  covers(logId: string): boolean {
    return logId === PLATFORM_LOG && this.installed.policy !== null;
  }

  /** The signed note of the tree, with its cosignatures if there are any. */
  async noteOf(tree: TrustedTree): Promise<string> {
    const note = this.notes.noteOf(tree);
    return this.covers(tree.logId)
      ? withLines(note, this.cosignaturesOf(tree, await this.rows.ofLog(tree.logId, tree.size)))
      : note;
  }

  /** The largest checkpoint that the tree begins with and that the quorum has cosigned; null while there is none. */
  async latest(tree: TrustedTree): Promise<CosignedCheckpoint | null> {
    const { policy } = this.installed;
    if (policy === null || !this.covers(tree.logId)) return null;
    const rows = await this.rows.ofLog(tree.logId, tree.size);
    for (const size of new Set(rows.map((row) => row.size))) {
      const cosigned = await this.earlier(tree, size);
      if (cosigned === null) continue;
      const cosignatures = this.cosignaturesOf(cosigned, rows);
      const quorum = cosignatures.length === 0 ? null : policy.judge(cosignatures);
      if (quorum !== null)
        return {
          tree: cosigned,
          note: withLines(this.notes.noteOf(cosigned), cosignatures),
          seconds: quorum.seconds,
        };
    }
    return null;
  }

  /** Of each witness the one that holds for that tree. */
  private cosignaturesOf(tree: TrustedTree, rows: readonly StoredCosignature[]): Cosignature[] {
    const text = bodyOf({ ...tree, origin: this.notes.originOf(tree.logId) });
    return rows.filter(({ size }) => size === tree.size).flatMap(({ line }) => this.judged(text, line));
  }

  private judged(text: string, line: string): Cosignature[] {
    try {
      return cosignaturesIn(text, line, this.installed.policy?.witnesses ?? []);
    } catch (error) {
      if (error instanceof UntrustedNote) return [];
      throw error;
    }
  }

  /** The tree as it was at that size, proven to be the beginning of this one; null if it is not. */
  async earlier(tree: TrustedTree, size: number): Promise<TrustedTree | null> {
    const { logId } = tree;
    if (size === tree.size) return tree;
    if (size < 1 || size > tree.size) return null;
    const read = nodeReaderOf(this.trees.tilesOf(logId));
    try {
      const [root, proof] = await Promise.all([
        readRoot(read, size),
        consistencyProof(read, size, tree.size),
      ]);
      const claim = { oldSize: size, newSize: tree.size, oldRoot: root, newRoot: tree.root, proof };
      return consistencyHolds(claim) ? trusted({ logId, size, root }) : null;
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }
}

function withLines(note: string, cosignatures: readonly Cosignature[]): string {
  return note + cosignatures.map(({ line }) => line).join('');
}

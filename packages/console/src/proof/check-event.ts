import { answered } from '../../../../pages/audit-verify/src/platform.js';
import {
  isOriginOf,
  openCheckpoint,
  type Checkpoint,
} from '../../../../src/log-format/transparency/checkpoint.js';
import { parsePublicKey, type PublicNoteKey } from '../../../../src/log-format/transparency/note-key.js';
import { consistencyHolds } from '../../../../src/log-format/transparency/proof-verification.js';
import { UntrustedNote } from '../../../../src/log-format/transparency/signed-note.js';
import { readProof, verifyStatements } from '../../../../src/log-format/verifying/verify-statements.js';
import type { AuditEventDto, ConsistencyDto } from '../api/generated/types.gen';
import type { Step } from './step';

export { whyUnsupported } from '../../../../pages/audit-verify/src/browser-support.js';

/** What is checked, and whom to believe. */
export interface Claim {
  event: AuditEventDto;
  /** The text of the proof, with its checkpoint. */
  proof: string;
  /** A verifier key, or a PEM. */
  key: string;
  /** A checkpoint that was kept; empty: none. */
  kept: string;
  /** Asks the service for the proof that the log only grew between two sizes. */
  growth: (from: number, to: number) => Promise<ConsistencyDto>;
}

/**
 * Checks an event against a proof that it is in the log, step by step, by the code of `rescind audit verify`. A step that
 * cannot be taken because an earlier one failed is left out; whatever the steps say, nothing is verified unless the
 * command would say so.
 */
export async function checkEvent({ event, proof, key, kept, growth }: Claim): Promise<Step[]> {
  const steps: Step[] = [];
  const take = (step: Step): void => void steps.push(step);
  const keys = readKeys(key);
  if (keys === null) {
    take({
      title: 'The key can be read',
      passed: false,
      says: 'It is neither a verifier key nor a PEM key.',
    });
    return steps;
  }
  const statements = { receipt: null, proof, event: JSON.stringify(event) };
  const report = await answered(() => verifyStatements(statements, keys, null));
  if (report.leaf_hash === null) {
    take({ title: 'The event has a fingerprint', passed: false, says: 'It is no event of an audit log.' });
    return steps;
  }
  const leaf = Buffer.from(report.leaf_hash, 'base64');
  take({
    title: 'The event has a fingerprint',
    passed: true,
    says: 'This browser hashed exactly the event that is shown here. One changed letter gives another fingerprint.',
    detail: leaf.toString('hex'),
  });
  const reading = await answered(() => readProof(proof, { sequence: event.sequence, leaf }, keys));
  if (reading.state === 'malformed') {
    take({ title: 'There is a proof', passed: false, says: 'What the service sent is not a proof file.' });
    return steps;
  }
  const signed = 'The checkpoint is signed with this key';
  if (reading.state === 'untrusted') {
    take({ title: signed, passed: false, says: SENTENCES[reading.error.fault] });
    return steps;
  }
  const { state, checkpoint, leafIndex, hashes } = reading;
  take({
    title: signed,
    passed: true,
    says: `Ed25519, verified by WebCrypto. It fixes the first ${checkpoint.size.toLocaleString('en')} events of its log.`,
    detail: Buffer.from(checkpoint.root).toString('hex'),
  });
  const isOurs = isOriginOf(checkpoint.origin, event.business_id);
  take({
    title: 'The checkpoint is of this log',
    passed: isOurs,
    says: isOurs
      ? 'It names the log that the event belongs to.'
      : 'It is a checkpoint of another log than that of the event.',
    detail: checkpoint.origin,
  });
  take({
    title: 'The event is in the log',
    passed: state === 'included',
    says: {
      included: `Its fingerprint and ${hashes} others lead to the root that was signed, at place ${event.sequence}.`,
      astray:
        'Its fingerprint does not lead to the root that was signed: this is not what was recorded, or the proof is of something else.',
      elsewhere: `The proof is of place ${leafIndex + 1}, and not of ${event.sequence}.`,
    }[state],
  });
  if (kept.trim() !== '') take(await checkGrowth(kept, checkpoint, keys, growth));
  // The command has the last word.
  if (!report.verified && steps.every(({ passed }) => passed))
    for (const { message } of report.failures)
      take({ title: 'rescind audit verify agrees', passed: false, says: message });
  return steps;
}

async function checkGrowth(
  kept: string,
  now: Checkpoint,
  keys: readonly PublicNoteKey[],
  growth: Claim['growth'],
): Promise<Step> {
  const title = 'The log only grew since the checkpoint that you kept';
  const before = await answered(() => open(`${kept.trim()}\n`, keys));
  if (typeof before === 'string') return { title, passed: false, says: `The one that you kept: ${before}` };
  if (before.origin !== now.origin)
    return { title, passed: false, says: `The one that you kept is of ${before.origin}.` };
  if (before.size > now.size)
    return {
      title,
      passed: false,
      says: `It had ${before.size.toLocaleString('en')} events then, and has ${now.size.toLocaleString('en')} now: events are gone.`,
    };
  const { proof } = await growth(before.size, now.size);
  const passed = consistencyHolds({
    oldSize: before.size,
    newSize: now.size,
    oldRoot: before.root,
    newRoot: now.root,
    proof: proof.map((hash) => Buffer.from(hash, 'base64')),
  });
  return {
    title,
    passed,
    says: passed
      ? `What were its first ${before.size.toLocaleString('en')} events still are, unchanged and in the same order.`
      : 'The service cannot show that: the log was changed or rewritten since.',
  };
}

function readKeys(key: string): PublicNoteKey[] | null {
  try {
    return [parsePublicKey(key)];
  } catch {
    return null;
  }
}

/** A checkpoint, or why it is not to be believed. */
function open(note: string, keys: readonly PublicNoteKey[]): Checkpoint | string {
  try {
    return openCheckpoint(note, keys);
  } catch (error) {
    if (!(error instanceof UntrustedNote)) throw error;
    return SENTENCES[error.fault];
  }
}

const SENTENCES = {
  malformed: 'It is not a signed checkpoint.',
  unknown_key: 'It is not signed with this key.',
  bad_signature: 'The signature is wrong: the checkpoint was changed, or somebody else made it.',
} as const;

import { openCosignatures } from '../transparency/cosignature.js';
import { UntrustedNote } from '../transparency/signed-note.js';
import type { WitnessPolicy } from '../transparency/witness-policy.js';

/** What witnesses say of a checkpoint. */
export interface Cosigned {
  /** Events that the checkpoint covers. */
  size: number;
  /** Since when it has the quorum (RFC 3339); null: the policy asks for none. */
  at: string | null;
  /** What the policy calls those that have cosigned it. */
  witnesses: string[];
}

/** What the policy finds under a checkpoint that is believed otherwise; a sentence: why it does not hold. */
export function cosignedBy(policy: WitnessPolicy, note: string, size: number): Cosigned | string {
  try {
    const cosignatures = openCosignatures(note, policy.witnesses);
    const witnesses = policy.witnesses
      .filter((witness) => cosignatures.some(({ cosigner }) => cosigner === witness))
      .map(({ alias }) => alias);
    const quorum = policy.judge(cosignatures);
    if (quorum === null)
      return `the policy asks for more than ${witnesses.length === 0 ? 'no cosignature' : `those of ${witnesses.join(', ')}`}`;
    return { size, at: quorum.seconds === null ? null : timeOf(quorum.seconds), witnesses };
  } catch (error) {
    if (error instanceof UntrustedNote) return error.message;
    throw error;
  }
}

export function cosignedLine({ size, at, witnesses }: Cosigned): string {
  const by = witnesses.length === 0 ? 'by nobody, as the policy allows' : `by ${witnesses.join(', ')}`;
  return `cosigned    ${size} events ${by}${at === null ? '' : `, at ${at}`}`;
}

/** Also of years that no Date has. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s after 1970` : time.toISOString();
}

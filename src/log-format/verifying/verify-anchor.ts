import { openAnchor } from '../anchor-format.js';
import type { PublicNoteKey } from '../transparency/note-key.js';
import type { WitnessPolicy } from '../transparency/witness-policy.js';
import { cosignedBy, cosignedLine, type Cosigned } from './cosigned-by.js';

/** What an anchor shows, as `--json` prints it. */
interface AnchorReport {
  verified: boolean;
  /** The log whose checkpoint was anchored; null, as what follows, if the anchor proves nothing. */
  origin: string | null;
  size: number | null;
  /** Base64. */
  root: string | null;
  /** The event that anchors it. */
  event: { origin: string; sequence: number; occurred_at: string } | null;
  /** Events of the platform's log that its witnesses have cosigned; null without a policy, or without their quorum. */
  cosigned: Cosigned | null;
  failures: string[];
}

/** Checks the anchor of a log. Never throws for what the text says. @param origin the log that is meant; null: any */
export function verifyAnchor(
  text: string,
  { keys, policy }: { keys: readonly PublicNoteKey[]; policy: WitnessPolicy | null },
  origin: string | null,
): AnchorReport {
  const anchored = openAnchor(text, keys);
  if (typeof anchored === 'string')
    return {
      verified: false,
      origin: null,
      size: null,
      root: null,
      event: null,
      cosigned: null,
      failures: [anchored],
    };
  const { checkpoint, platform, platformNote, sequence, occurredAt } = anchored;
  const failures: string[] = [];
  if (origin !== null && origin !== checkpoint.origin)
    failures.push(`it is of ${checkpoint.origin}, not of ${origin}`);
  const found = policy === null ? null : cosignedBy(policy, platformNote, platform.size);
  if (typeof found === 'string') failures.push(`the checkpoint of the platform: ${found}`);
  return {
    verified: failures.length === 0,
    origin: checkpoint.origin,
    size: checkpoint.size,
    root: Buffer.from(checkpoint.root).toString('base64'),
    event: { origin: platform.origin, sequence, occurred_at: occurredAt },
    cosigned: typeof found === 'string' ? null : found,
    failures,
  };
}

/** The report for people. */
export function renderAnchorReport({
  verified,
  origin,
  size,
  event,
  cosigned,
  failures,
}: AnchorReport): string {
  const lines = [`log         ${origin ?? 'not known'}`];
  if (event !== null)
    lines.push(
      `anchored    ${size} events, in event ${event.sequence} of ${event.origin}, ${event.occurred_at}`,
    );
  if (cosigned !== null) lines.push(cosignedLine(cosigned));
  lines.push(...failures.map((failure) => `FAILED      ${failure}`));
  lines.push(verified ? 'VERIFIED' : `NOT VERIFIED: ${failures.length} failure(s)`);
  return `${lines.join('\n')}\n`;
}

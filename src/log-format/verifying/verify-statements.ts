import { compactVerify } from 'jose';
import { canonicalEvent, isObject, parsedObject } from '../canonical-event.js';
import type { AuditEvent } from '../audit-event.js';
import { type Checkpoint, isOriginOf, openCheckpoint } from '../transparency/checkpoint.js';
import { decodeBase64, HASH_BYTES, leafHash } from '../transparency/merkle-tree.js';
import type { PublicNoteKey } from '../transparency/note-key.js';
import { inclusionHolds } from '../transparency/proof-verification.js';
import { UntrustedNote } from '../transparency/signed-note.js';
import { parseTlogProof } from '../transparency/tlog-proof.js';
import {
  type Cosigned,
  cosignedBy,
  cosignedLine,
  type WitnessPolicy,
} from '../transparency/witness-policy.js';
import { openAnchor } from '../anchor-format.js';

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

/** What is wrong with a receipt, a proof or an event. */
interface StatementFailure {
  kind: 'bad_signature' | 'malformed' | 'wrong_log' | 'not_included' | 'says_otherwise' | 'no_quorum';
  message: string;
}

/** What a receipt, a proof and an event show together. */
interface StatementReport {
  verified: boolean;
  origin: string | null;
  sequence: number | null;
  /** Base64. */
  leaf_hash: string | null;
  /** The checkpoint under which the event is proven to be in the log; null without a proof. */
  checkpoint: { size: number; root: string } | null;
  /** What the witnesses of the policy say of that checkpoint; null without a policy, or without their quorum. */
  cosigned: Cosigned | null;
  /** The claims of the receipt; null without one. */
  receipt: Record<string, unknown> | null;
  failures: StatementFailure[];
}

export function renderStatementReport({ verified, ...report }: StatementReport): string {
  const lines = [
    `log         ${report.origin ?? 'not known'}`,
    `event       ${report.sequence === null ? 'not known' : `sequence ${report.sequence}`}`,
  ];
  if (report.checkpoint !== null) lines.push(`included    in the log of ${report.checkpoint.size} events`);
  if (report.cosigned !== null) lines.push(cosignedLine(report.cosigned));
  if (report.receipt !== null) {
    const { sub, revoked_at: at, revoked_by: by, issued_before: until } = report.receipt;
    const what =
      until === undefined ? `token ${printable(sub)}` : `all up to ${printable(until)} (${printable(sub)})`;
    lines.push(`receipt     ${what} revoked ${printable(at)} by ${printable(by)}`);
  }
  for (const { kind, message } of report.failures) lines.push(`FAILED      ${kind}: ${message}`);
  lines.push('', verified ? 'VERIFIED' : `NOT VERIFIED: ${report.failures.length} failure(s)`);
  return `${lines.join('\n')}\n`;
}

/** What a file says must not steer a terminal. */
function printable(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

const RECEIPT_TYPE = 'rescind-receipt+jwt';

/** The texts of what is to be checked together; null for what is not given. */
export interface Statements {
  receipt: string | null;
  proof: string | null;
  event: string | null;
}

/** Where a statement says that an event stands. */
interface Place {
  origin: string | null;
  sequence: number;
  leaf: Uint8Array;
}

/**
 * Checks a receipt, the proof of an event, and the event, as far as they are given, against the keys and against each
 * other. Never throws for what the texts say.
 * @param origin the log that is meant; null: the one that the keys name
 * @param policy whose cosignatures the checkpoint of the proof must have; null: none are looked at
 */
export async function verifyStatements(
  { receipt, proof, event }: Statements,
  keys: readonly PublicNoteKey[],
  origin: string | null,
  policy: WitnessPolicy | null = null,
): Promise<StatementReport> {
  const failures: StatementFailure[] = [];
  const fail = (kind: StatementFailure['kind'], message: string): null => {
    failures.push({ kind, message });
    return null;
  };
  const claims = receipt === null ? null : await openReceipt(receipt, keys, fail);
  const ofReceipt = claims === null ? null : placeOfReceipt(claims, fail);
  const parsed = event === null ? null : readEvent(event, fail);
  const ofEvent =
    parsed === null
      ? null
      : { origin: null, sequence: parsed.sequence, leaf: leafHash(canonicalEvent(parsed)) };
  const place = ofReceipt ?? ofEvent;
  if (claims !== null && ofReceipt !== null && parsed !== null) compare(claims, ofReceipt, parsed, fail);
  const checkpoint = proof === null || place === null ? null : checkProof(proof, place, keys, fail);
  const cosigned = policy === null ? null : judgeWitnesses(policy, proof, checkpoint, fail);
  const log = ofReceipt?.origin ?? checkpoint?.origin ?? null;
  if (origin !== null && log !== null && log !== origin)
    fail('wrong_log', `it is of ${log}, not of ${origin}`);
  if (ofReceipt !== null && checkpoint !== null && checkpoint.origin !== ofReceipt.origin)
    fail('wrong_log', 'the receipt and the proof are of different logs');
  if (parsed !== null && log !== null && !isOriginOf(log, parsed.business_id))
    fail('wrong_log', `the event is not one of ${log}`);
  return {
    verified: failures.length === 0,
    origin: log,
    sequence: place?.sequence ?? null,
    leaf_hash: place === null ? null : Buffer.from(place.leaf).toString('base64'),
    checkpoint:
      checkpoint === null
        ? null
        : { size: checkpoint.size, root: Buffer.from(checkpoint.root).toString('base64') },
    cosigned,
    receipt: claims,
    failures,
  };
}

type Fail = (kind: StatementFailure['kind'], message: string) => null;
type Claims = Record<string, unknown>;

/** The claims that one of the keys has signed; a key with a name signs for the log of that name alone. */
async function openReceipt(jws: string, keys: readonly PublicNoteKey[], fail: Fail): Promise<Claims | null> {
  for (const { name, publicKey } of keys) {
    const opened = await compactVerify(jws.trim(), publicKey.export({ format: 'jwk' }), {
      algorithms: ['EdDSA'],
    }).catch(() => null);
    if (opened === null) continue;
    if (opened.protectedHeader.typ !== RECEIPT_TYPE) return fail('malformed', 'it is signed, but no receipt');
    const claims = parsedObject(Buffer.from(opened.payload).toString('utf8'));
    if (claims === null) return fail('malformed', 'the receipt says nothing');
    const { origin } = (claims.audit ?? {}) as { origin?: unknown };
    if (name === null || name === origin) return claims;
    return fail('wrong_log', `the key is that of ${name}, the receipt of another log`);
  }
  return fail('bad_signature', 'none of the keys has signed the receipt');
}

function placeOfReceipt(claims: Claims, fail: Fail): (Place & { origin: string }) | null {
  const { origin, sequence, leaf_hash: encoded } = (claims.audit ?? {}) as Claims;
  const leaf = typeof encoded === 'string' ? decodeBase64(encoded, HASH_BYTES) : null;
  const { business_id: business } = claims;
  if (
    typeof origin !== 'string' ||
    !Number.isSafeInteger(sequence) ||
    leaf === null ||
    typeof business !== 'string'
  )
    return fail('malformed', 'the receipt does not say where the revocation stands');
  if (!isOriginOf(origin, business))
    return fail('wrong_log', 'the log of the receipt is not that of its business');
  return { origin, sequence: sequence as number, leaf };
}

function readEvent(text: string, fail: Fail): AuditEvent | null {
  const event = parsedObject(text) as AuditEvent | null;
  try {
    if (event !== null && Number.isSafeInteger(event.sequence) && isObject(event.details)) {
      canonicalEvent(event);
      return event;
    }
  } catch {
    // Said below.
  }
  return fail('malformed', 'the event is not one of an audit log');
}

/** The receipt and the event speak of the same. */
function compare(claims: Claims, place: Place, event: AuditEvent, fail: Fail): void {
  if (event.sequence !== place.sequence || !leafHash(canonicalEvent(event)).equals(place.leaf))
    fail('says_otherwise', 'the event is not the one that the receipt names');
  const isOfIt =
    ['token.revoked', 'token.cut_off', 'token.selection_marked'].includes(event.action) &&
    event.target.id === claims.sub;
  const isOfSelection = event.action === 'token.selection_marked';
  // The event of a token that was cut off is that of its marking, and says when it was.
  const revokedAt = event.details.revoked_at ?? event.occurred_at;
  const until = event.action === 'token.cut_off' ? event.details.not_before : claims.issued_before;
  if (
    !isOfIt ||
    revokedAt !== claims.revoked_at ||
    event.reason !== claims.revocation_reason ||
    (event.details.revoked_by ?? claims.revoked_by) !== claims.revoked_by ||
    until !== claims.issued_before ||
    (isOfSelection && event.details.tokens_revoked !== claims.tokens_revoked)
  )
    fail('says_otherwise', 'the receipt does not say what the event says');
}

function checkProof(
  text: string,
  place: Place,
  keys: readonly PublicNoteKey[],
  fail: Fail,
): Checkpoint | null {
  const reading = readProof(text, place, keys);
  switch (reading.state) {
    case 'malformed':
      return fail('malformed', 'the proof is not a tlog-proof file');
    case 'untrusted':
      return fail('bad_signature', `the checkpoint of the proof: ${reading.error.message}`);
    case 'elsewhere':
      return fail('not_included', `the proof is not that of sequence ${place.sequence}`);
    case 'astray':
      return fail('not_included', 'the proof does not lead from the event to the root');
    case 'included':
      return reading.checkpoint;
  }
}

/** How far a proof leads: `elsewhere` is that of another sequence, `astray` leads to another root than the signed one. */
type ProofReading =
  | { state: 'malformed' }
  | { state: 'untrusted'; error: UntrustedNote }
  | { state: 'elsewhere' | 'astray' | 'included'; checkpoint: Checkpoint; leafIndex: number; hashes: number };

/** Never throws for what the text says. */
export function readProof(
  text: string,
  { sequence, leaf }: Pick<Place, 'sequence' | 'leaf'>,
  keys: readonly PublicNoteKey[],
): ProofReading {
  try {
    const { leafIndex, hashes: proof, checkpoint: note } = parseTlogProof(text);
    const checkpoint = openCheckpoint(note, keys);
    const { size, root } = checkpoint;
    const leads = inclusionHolds({ leafIndex, size, leaf, proof, root });
    const state = leafIndex !== sequence - 1 ? 'elsewhere' : leads ? 'included' : 'astray';
    return { state, checkpoint, leafIndex, hashes: proof.length };
  } catch (error) {
    if (error instanceof UntrustedNote) return { state: 'untrusted', error };
    if (error instanceof TypeError) return { state: 'malformed' };
    throw error;
  }
}

function judgeWitnesses(
  policy: WitnessPolicy,
  proof: string | null,
  checkpoint: Checkpoint | null,
  fail: Fail,
): Cosigned | null {
  if (proof === null) return fail('no_quorum', 'only a proof has cosignatures');
  if (checkpoint === null) return null;
  const found = cosignedBy(policy, parseTlogProof(proof).checkpoint, checkpoint.size);
  return typeof found === 'string' ? fail('no_quorum', `the checkpoint of the proof: ${found}`) : found;
}

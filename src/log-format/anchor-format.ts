import { canonicalEvent, parsedObject } from './canonical-event.js';
import type { AuditEvent } from './audit-event.js';
import { isOriginOf, openCheckpoint, type Checkpoint } from './transparency/checkpoint.js';
import { decodeBase64, HASH_BYTES, leafHash } from './transparency/merkle-tree.js';
import type { PublicNoteKey } from './transparency/note-key.js';
import { inclusionHolds } from './transparency/proof-verification.js';
import { parseNote, UntrustedNote } from './transparency/signed-note.js';
import { parseTlogProof, verifyTlogProof } from './transparency/tlog-proof.js';

/** That a checkpoint of a business's log is under an event of the platform's log; the members are those of docs/log-format.md. */
export interface AnchorFile {
  rescind_anchor: 1;
  /** The signed note of the business's log. */
  checkpoint: string;
  /** Of its leaf among those that were anchored together. */
  index: number;
  /** Base64, from the sibling of the leaf up. */
  path: string[];
  /** The canonical text of the event `checkpoint.anchored`. */
  event: string;
  /** The proof (tlog-proof) that the event is in the platform's log. */
  proof: string;
}

/** What an anchor proves. */
export interface Anchored {
  checkpoint: Checkpoint;
  /** Its note. */
  note: string;
  /** The checkpoint of the platform's log that the proof is made under, and its note. */
  platform: Checkpoint;
  platformNote: string;
  /** Of the event in the platform's log. */
  sequence: number;
  /** When it was anchored, as the event says. */
  occurredAt: string;
}

/** The leaf of a checkpoint among those that are anchored together: that of RFC 6962 over the text of its note. */
export function anchorLeaf(text: string): Buffer {
  return leafHash(text);
}

/** What the anchor proves under these keys; a sentence: why it proves nothing. Never throws for what the text says. */
export function openAnchor(text: string, keys: readonly PublicNoteKey[]): Anchored | string {
  const file = parse(text);
  if (file === null) return 'it is no anchor of this version';
  try {
    const checkpoint = openCheckpoint(file.checkpoint, keys);
    const event = eventIn(file.event);
    const root =
      typeof event?.details.root === 'string' ? decodeBase64(event.details.root, HASH_BYTES) : null;
    const size = event?.details.logs;
    if (event?.action !== 'checkpoint.anchored' || event.business_id !== null || root === null)
      return 'its event is none that anchors';
    const proof = file.path.map((hash) => decodeBase64(hash, HASH_BYTES));
    if (typeof size !== 'number' || !proof.every((hash) => hash !== null)) return 'its path is none';
    const leaf = anchorLeaf(parseNote(file.checkpoint).text);
    if (!inclusionHolds({ leafIndex: file.index, size, leaf, proof, root }))
      return 'the checkpoint is not among those that the event anchors';
    const { leafIndex, checkpoint: platformNote } = parseTlogProof(file.proof);
    const platform = verifyTlogProof(file.proof, leafHash(file.event), keys);
    if (platform === null || leafIndex !== event.sequence - 1)
      return 'the event is not in the log of the platform';
    if (!isPlatformOf(platform.origin, checkpoint.origin))
      return 'its logs are not those of one installation';
    return {
      checkpoint,
      note: file.checkpoint,
      platform,
      platformNote,
      sequence: event.sequence,
      occurredAt: event.occurred_at,
    };
  } catch (error) {
    if (error instanceof UntrustedNote || error instanceof TypeError) return error.message;
    throw error;
  }
}

function isPlatformOf(origin: string, ofBusiness: string): boolean {
  const logName = ofBusiness.slice(0, ofBusiness.lastIndexOf('/'));
  return isOriginOf(origin, null) && origin === `${logName}/platform` && ofBusiness !== origin;
}

function parse(text: string): AnchorFile | null {
  const value = parsedObject(text) as Partial<AnchorFile> | null;
  if (value?.rescind_anchor !== 1 || !Number.isSafeInteger(value.index) || !Array.isArray(value.path))
    return null;
  const texts: unknown[] = [value.checkpoint, value.event, value.proof, ...(value.path as unknown[])];
  return texts.every((each) => typeof each === 'string') && value.path.length <= 64
    ? (value as AnchorFile)
    : null;
}

/** Null unless the text is the canonical one of an event. */
function eventIn(text: string): AuditEvent | null {
  const value = parsedObject(text) as AuditEvent | null;
  try {
    return value !== null && canonicalEvent(value) === text ? value : null;
  } catch {
    return null;
  }
}

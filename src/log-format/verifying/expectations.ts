import type { PublicNoteKey } from '../transparency/note-key.js';
import type { WitnessPolicy } from '../transparency/witness-policy.js';
import type { KeptNote } from './kept-checkpoints.js';

/** What the reader of an export trusts and asks for. */
export interface Expectations {
  keys: readonly PublicNoteKey[];
  kept: readonly KeptNote[];
  /** The log that the reader means; null to believe the export, whose origin is then only as good as the key. */
  origin: string | null;
  /** Where the archives lie whose digests the log records; null: they are not looked at. */
  archive: string | null;
  /** Whose cosignatures some checkpoint of the log must have; null: none are looked at. */
  policy?: WitnessPolicy | null;
  /** Refuse an export that leaves anything out but what retention dropped. */
  requireComplete: boolean;
}

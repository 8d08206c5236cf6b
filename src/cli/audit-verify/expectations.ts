import type { PublicNoteKey } from '../../audit/transparency/note-key.js';
import type { KeptNote } from './kept-checkpoints.js';

/** What the reader of an export trusts and asks for. */
export interface Expectations {
  keys: readonly PublicNoteKey[];
  kept: readonly KeptNote[];
  /** The log that the reader means; null to believe the export, whose origin is then only as good as the key. */
  origin: string | null;
  /** Refuse an export that leaves anything out but what retention dropped. */
  requireComplete: boolean;
}

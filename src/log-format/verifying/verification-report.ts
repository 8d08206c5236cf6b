import type { Cosigned } from './cosigned-by.js';

/** Everything that can be wrong with an export, and what a reader should conclude from it. */
export type FailureKind =
  /** The fields do not hash to the leaf in the log: the event was changed after it was logged. */
  | 'changed_event'
  /** The log has this sequence, the export has no event for it. */
  | 'removed_event'
  /** The event stands at another place than its sequence says. */
  | 'reordered_event'
  /** A sequence occurs twice. */
  | 'duplicate_event'
  /** It was done with a token that the log had revoked before: nobody can, so this was not written by Rescind. */
  | 'acted_after_revocation'
  /** The event belongs to another business than the export. */
  | 'foreign_event'
  /** The line is none of the format's, or shows more than what was hashed. */
  | 'malformed_line'
  /** The export ends without its checkpoint. */
  | 'no_checkpoint'
  /** The checkpoint counts more events than the export has, or a kept checkpoint more than the new one. */
  | 'removed_tail'
  /** The export has more events than its checkpoint counts. */
  | 'added_tail'
  /** Every line may look right, but together they are not the log that was signed. */
  | 'root_mismatch'
  /** A checkpoint is no note, not signed by a given key, or its signature is wrong. */
  | 'malformed_checkpoint'
  | 'wrong_key'
  | 'bad_signature'
  /** Business, origin and checkpoint do not belong together. */
  | 'wrong_log'
  /** A kept checkpoint is not a prefix of this log: two histories were signed. */
  | 'forked_log'
  /** A kept checkpoint lies inside a stretch that the export leaves out, so it could not be compared. */
  | 'uncompared_checkpoint'
  /** The anchor does not show that a checkpoint of this log is in the platform's log. */
  | 'bad_anchor'
  /** No checkpoint that the export agrees with has the cosignatures that the policy asks for. */
  | 'no_quorum'
  /** A file of the archive is not what the log says was written, or is not there. */
  | 'changed_archive'
  /** The export is not as complete as it says, or as was required. */
  | 'incomplete';

export interface Failure {
  kind: FailureKind;
  /** First and last sequence concerned; null when it is not about certain events. */
  sequences: [number, number] | null;
  /** Line of the export, from 1; null when it is not about a line. */
  line: number | null;
  message: string;
}

/** The event under which retention dropped events. */
export interface DropRecord {
  id: string;
  sequence: number;
  occurred_at: string;
  /** The last sequence that was dropped, then or before. */
  through_sequence: number;
}

/** What was found, as `--json` prints it. */
export interface VerificationReport {
  /** True only if there is no failure at all. */
  verified: boolean;
  business_id: string | null;
  origin: string;
  first_sequence: number;
  last_sequence: number;
  complete: boolean;
  /** Of the export's checkpoint; null if that is missing or not to be believed. */
  size: number | null;
  root: string | null;
  /** Events with content in the export, and how many of them a signed checkpoint proves unchanged. */
  events: number;
  events_proven: number;
  /** The proven ones as ranges of sequences; at most the first 1,000 ranges. */
  proven: [number, number][];
  /** Sequences without content, by reason. */
  skipped: number;
  dropped: number;
  /** The furthest drop that an intact event of the export records; null for none. */
  dropped_under: DropRecord | null;
  missing: number;
  /** Kept checkpoints that were compared and found to be prefixes. */
  consistent_with: { source: string; size: number }[];
  /** The largest checkpoint among them, or that of the export, which the policy holds; null: none, or there is no policy. */
  cosigned: Cosigned | null;
  failure_count: number;
  /** At most the first 1,000. */
  failures: Failure[];
}

/** Bounds the memory of a report on an export that is wrong throughout. */
export const LISTED_MAX = 1000;

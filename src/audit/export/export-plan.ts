import type { AuditFilter } from '../reading/audit-filter.js';
import type { TrustedTree } from '../sealing/trees.repository.js';

/** What is exported: a log up to a checkpoint that was pinned first, so that the log may grow meanwhile. */
export interface ExportPlan {
  tree: TrustedTree;
  note: string;
  origin: string;
  vkey: string;
  filter: AuditFilter;
  /** The filter for the reader's eyes; null: nothing but a range of sequences was asked for. */
  filterText: string | null;
  first: number;
  last: number;
  /** Where gap lines are split, so that a reader can compare a checkpoint of that size; null for nowhere. */
  compareAt: number | null;
  /** The oldest events that retention has dropped; 0 for none. */
  droppedThrough: number;
}

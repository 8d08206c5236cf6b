import type { ReactNode } from 'react';

/** Height of a line, in pixels: the same for all, so that the place of each is known. */
export const ROW_PX = 36;

export interface Column<Item> {
  id: string;
  label: string;
  /** A track of a CSS grid: `12rem`, `minmax(10rem, 2fr)`. */
  width: string;
  cell: (item: Item) => ReactNode;
  isNumeric?: boolean;
  /** Given where the list can be sorted by it. */
  sort?: { direction: 'ascending' | 'descending' | null; onToggle: () => void };
}

/** The least that a track takes: `9rem` of `minmax(9rem, 2fr)`. Header and rows are grids of their own, equally wide. */
export function leastOf(width: string): string {
  return /^minmax\(([^,]+),/.exec(width)?.[1] ?? width;
}

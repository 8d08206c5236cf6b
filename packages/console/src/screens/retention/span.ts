/** "for 24 months", "for ever". */
export function spanOf(months: number | null): string {
  if (months === null) return 'for ever';
  return months === 1 ? 'for 1 month' : `for ${months} months`;
}

/** Whether `months` keeps less than `other`; null is for ever. */
export function isShorter(months: number | null, other: number | null): boolean {
  return (months ?? Infinity) < (other ?? Infinity);
}

import { createHash } from 'node:crypto';

/** RFC 6962 §2.1 word for word, on entries: slow, and independent of the code under test. */
export function naiveRoot(entries: readonly Uint8Array[]): Buffer {
  if (entries.length === 0) return sha256();
  if (entries.length === 1) return sha256([0], entries[0]!);
  const k = splitOf(entries.length);
  return sha256([1], naiveRoot(entries.slice(0, k)), naiveRoot(entries.slice(k)));
}

/** PATH(m, D[n]). */
export function naivePath(m: number, entries: readonly Uint8Array[]): Buffer[] {
  if (entries.length <= 1) return [];
  const k = splitOf(entries.length);
  return m < k
    ? [...naivePath(m, entries.slice(0, k)), naiveRoot(entries.slice(k))]
    : [...naivePath(m - k, entries.slice(k)), naiveRoot(entries.slice(0, k))];
}

/** SUBPROOF(m, D[n], b); PROOF(m, D[n]) is the one with b true. */
export function naiveSubproof(m: number, entries: readonly Uint8Array[], complete = true): Buffer[] {
  if (m === entries.length) return complete ? [] : [naiveRoot(entries)];
  const k = splitOf(entries.length);
  return m <= k
    ? [...naiveSubproof(m, entries.slice(0, k), complete), naiveRoot(entries.slice(k))]
    : [...naiveSubproof(m - k, entries.slice(k), false), naiveRoot(entries.slice(0, k))];
}

function splitOf(n: number): number {
  return 2 ** Math.ceil(Math.log2(n) - 1);
}

function sha256(...parts: (Uint8Array | number[])[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(Uint8Array.from(part));
  return hash.digest();
}

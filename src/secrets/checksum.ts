import { crc32 as zlibCrc32 } from 'node:zlib';
import { base62OfUint32 } from './base62.js';

/**
 * The last six characters of a secret: CRC-32 (ISO 3309) over all that precedes them, in base62. It lets a
 * mistyped or invented secret be refused without any I/O, and a scanner be sure of its find.
 */
export function checksumOf(text: string): string {
  return base62OfUint32(zlibCrc32(text));
}

import { createPrivateKey, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Vectors {
  log: { vkey: string; seed_hex: string };
  witness: { name: string; seed_hex: string; vkey: string; key_file: string };
  checkpoint_3: string;
  checkpoint_7: string;
  cosignature_3_at_1679315147: string;
  cosignature_7_at_1679315150: string;
  consistency_3_7: string[];
  add_checkpoint_first: string;
  add_checkpoint_3_7: string;
}

/** What another implementation made of a small log. */
export const VECTORS = JSON.parse(
  readFileSync(join(import.meta.dirname, '../../contracts/witness/vectors.json'), 'utf8'),
) as Vectors;

export function privateKeyOf(seedHex: string): KeyObject {
  const der = Buffer.from(`302e020100300506032b657004220420${seedHex}`, 'hex');
  return createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
}

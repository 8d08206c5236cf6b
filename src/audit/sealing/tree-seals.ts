import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { EMPTY_ROOT } from '../../log-format/transparency/merkle-tree.js';

const REMEMBERED_MAX = 10_000;

/** What is sealed of a log, as its row says. */
interface SealedTree {
  logId: string;
  size: number;
  root: Uint8Array;
}

/**
 * Binds the row of a tree to this service, so that a changed row is detected when it is read. It is a signature and
 * not a MAC, because the public part of a retired key is enough to check it.
 */
@Injectable()
export class TreeSeals {
  private readonly found = new LRUCache<string, true>({ max: REMEMBERED_MAX });

  constructor(private readonly keys: SigningKeys) {}

  sealOf(tree: SealedTree): Buffer {
    return this.keys.sign(textOf(tree));
  }

  /** The empty tree needs none: everybody knows its root. */
  holds(tree: SealedTree, seal: Buffer | null): boolean {
    if (tree.size === 0) return EMPTY_ROOT.equals(tree.root);
    if (seal === null) return false;
    const text = textOf(tree);
    const known = `${text}${seal.toString('base64')}`;
    if (this.found.has(known)) return true;
    if (!this.keys.hasSigned(text, seal)) return false;
    this.found.set(known, true);
    return true;
  }
}

/** Nothing else that the key signs begins like this: neither a note nor a JWS. */
function textOf({ logId, size, root }: SealedTree): string {
  return `rescind.tree\u0000${logId}\u0000${size}\u0000${Buffer.from(root).toString('base64')}`;
}

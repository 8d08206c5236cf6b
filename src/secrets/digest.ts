import { createHash, hash } from 'node:crypto';

const BLOCK_BYTES = 64;

/**
 * HMAC-SHA-256 (RFC 2104) under one fixed key, through the one-shot hash of Node: half the time of
 * `createHmac`, which builds two stream objects per call (measured in docs/performance.md). A test holds it
 * equal to `createHmac` for all lengths around the block edges.
 */
export class KeyedDigest {
  private readonly inner = Buffer.alloc(BLOCK_BYTES, 0x36);
  private readonly outer = Buffer.alloc(BLOCK_BYTES + 32, 0x5c);
  private readonly scratch: Buffer;
  /** The beginning of `scratch` up to the end of a message of each length: making a view costs a tenth of the digest. */
  private readonly views: Buffer[] = [];

  constructor(key: Buffer, messageBytesMax: number) {
    const padded = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key;
    for (const [index, byte] of padded.entries()) {
      this.inner.writeUInt8(byte ^ 0x36, index);
      this.outer.writeUInt8(byte ^ 0x5c, index);
    }
    this.scratch = Buffer.alloc(BLOCK_BYTES + messageBytesMax);
    this.inner.copy(this.scratch);
  }

  /**
   * @param message of at most `messageBytesMax` characters; a longer one must be refused before. As UTF-8, so that no
   * other character can stand for one of ASCII.
   * @returns 32 bytes as a latin1 string
   */
  of(message: string): string {
    return this.digested(this.scratch.write(message, BLOCK_BYTES, 'utf8'));
  }

  /** The same of some parts one behind the other, texts as UTF-8, of at most `messageBytesMax` bytes together. */
  ofParts(parts: readonly (string | Uint8Array)[]): string {
    let end = BLOCK_BYTES;
    for (const part of parts) {
      if (typeof part === 'string') end += this.scratch.write(part, end, 'utf8');
      else {
        this.scratch.set(part, end);
        end += part.length;
      }
    }
    return this.digested(end - BLOCK_BYTES);
  }

  private digested(length: number): string {
    const view = (this.views[length] ??= this.scratch.subarray(0, BLOCK_BYTES + length));
    const inner = hash('sha256', view, 'binary');
    this.outer.write(inner, BLOCK_BYTES, 'latin1');
    return hash('sha256', this.outer, 'binary');
  }
}

/** Compares two texts, digests or secrets, in a time that does not depend on where they differ. */
export function equalInConstantTime(left: string, right: string): boolean {
  if (left.length !== right.length) return false;
  let difference = 0;
  for (let index = 0; index < left.length; index++)
    difference |= left.charCodeAt(index) ^ right.charCodeAt(index);
  return difference === 0;
}

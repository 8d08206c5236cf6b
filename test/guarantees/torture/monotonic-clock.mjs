// @ts-check
import { spawnSync } from 'node:child_process';
import { openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SOURCE = fileURLToPath(new URL('./monotonic-clock.c', import.meta.url));
/** A clock must never go back: what was measured is this much longer than what it may be held back by. */
const MARGIN_MS = 5;

/** Compiles the clock. @returns {string | null} the path of the library; null where there is no gcc */
export function compileClock(directory) {
  const library = join(directory, 'monotonic-clock.so');
  const { status } = spawnSync('gcc', ['-shared', '-fPIC', '-O2', '-o', library, SOURCE, '-ldl']);
  return status === 0 ? library : null;
}

/** The monotonic clock of one machine. */
export class MonotonicClock {
  #heldNs = 0n;

  constructor(library, directory, index) {
    const path = join(directory, `clock-${index}`);
    writeFileSync(path, Buffer.alloc(8));
    this.file = openSync(path, 'r+');
    this.environment = { LD_PRELOAD: library, TORTURE_CLOCK: path };
  }

  /** It stood still for `ms`. Its processes must be stopped. */
  holdBack(ms) {
    this.#set(this.#heldNs + BigInt(Math.floor(Math.max(0, ms - MARGIN_MS) * 1e6)));
  }

  /** No process may be running. */
  reset() {
    this.#set(0n);
  }

  #set(heldNs) {
    this.#heldNs = heldNs;
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(heldNs);
    writeSync(this.file, bytes, 0, 8, 0);
  }
}

// @ts-check
import { spawnSync } from 'node:child_process';
import { mkdirSync, statfsSync } from 'node:fs';

/** A small disk in memory, which can be full. */
export class Disk {
  /** Mounts one. @returns {Disk | null} null where that is not permitted */
  static mount(directory, bytes) {
    mkdirSync(directory);
    const { status } = spawnSync('mount', [
      '-t',
      'tmpfs',
      '-o',
      `size=${bytes},mode=0711`,
      'tmpfs',
      directory,
    ]);
    return status === 0 ? new Disk(directory, bytes) : null;
  }

  constructor(directory, bytes) {
    this.directory = directory;
    this.bytes = bytes;
    process.once('exit', this.unmount);
  }

  /** Leaves `spareBytes`. */
  fill(spareBytes) {
    const { blocks, bfree, bsize } = statfsSync(this.directory);
    this.#resize((blocks - bfree) * bsize + spareBytes);
  }

  empty() {
    this.#resize(this.bytes);
  }

  unmount = () => {
    process.off('exit', this.unmount);
    spawnSync('umount', ['-l', this.directory]);
  };

  #resize(bytes) {
    spawnSync('mount', ['-o', `remount,size=${Math.ceil(bytes)}`, this.directory]);
  }
}

import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileSinkSettings } from '../../config/audit-sinks.config.js';
import { makeDirectory } from '../../config/make-directory.js';
import { syncDirectory } from '../../config/private-file.js';
import type { Sink } from './sink.js';

const TAIL_BYTES = 64 * 1024;

/**
 * Appends lines to a file that only its owner may read; they are on the disk when it resolves. A full file becomes
 * `<path>.1`, and so on.
 */
export class FileSink implements Sink {
  readonly batchMax = 500;
  private file: FileHandle | undefined;

  constructor(private readonly settings: FileSinkSettings) {}

  async deliver(lines: readonly string[]): Promise<void> {
    const file = await this.current();
    try {
      await file.appendFile(`${lines.join('\n')}\n`);
      await file.datasync();
    } catch (error) {
      // When the file is opened again, a line that a full disk has cut off is searched for.
      await this.close();
      throw error;
    }
    if ((await file.stat()).size >= this.settings.maxBytes) await this.rotate();
  }

  async close(): Promise<void> {
    const { file } = this;
    this.file = undefined;
    await file?.close();
  }

  /** The file with that name, even if somebody has renamed the previous one. */
  private async current(): Promise<FileHandle> {
    const { path } = this.settings;
    if (this.file !== undefined) {
      const [own, named] = await Promise.all([this.file.stat(), stat(path).catch(() => null)]);
      if (named !== null && named.ino === own.ino && named.dev === own.dev) return this.file;
      await this.close();
    }
    await makeDirectory(dirname(path));
    const file = await open(path, 'a+', 0o600);
    try {
      await withoutTornLine(file);
      await syncDirectory(dirname(path));
    } catch (error) {
      await file.close();
      throw error;
    }
    this.file = file;
    return file;
  }

  private async rotate(): Promise<void> {
    const { path, files } = this.settings;
    await this.close();
    await rm(`${path}.${files}`, { force: true });
    for (let number = files - 1; number >= 0; number -= 1) {
      const from = number === 0 ? path : `${path}.${number}`;
      await rename(from, `${path}.${number + 1}`).catch((error: NodeJS.ErrnoException) => {
        if (error.code !== 'ENOENT') throw error;
      });
    }
    await syncDirectory(dirname(path));
  }
}

/** A process that was killed while writing leaves a part of a line, whose event is sent again. */
async function withoutTornLine(file: FileHandle): Promise<void> {
  const { size } = await file.stat();
  const start = Math.max(0, size - TAIL_BYTES);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(TAIL_BYTES), 0, TAIL_BYTES, start);
  const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
  if (end < bytesRead && (end > 0 || start === 0)) await file.truncate(start + end);
}

import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip, type Gunzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { makeDirectory, replaceFile, syncDirectory } from '../../config/private-file.js';
import { Exports } from '../export/exports.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import type { EventSpan } from './retention.repository.js';

const MANIFEST = 'SHA256SUMS';

/** A file of the archive, and what `sha256sum` says of it. */
interface ArchiveFile {
  name: string;
  sha256: string;
}

/** Where events go before they are dropped: exports that `rescind audit verify` accepts, readable by the owner alone. */
@Injectable()
export class RetentionArchive {
  private readonly seen = new Map<string, string>();

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly exports: Exports,
  ) {}

  /**
   * Exports the events to `<business or platform>/<first>-<last>.ndjson.gz` below the archive directory. The file is
   * there whole, read back and on disk, or this rejects, as when `signal` aborts. A repeated call replaces it.
   * @returns the file's name below the directory, and its SHA-256; null when no archive is kept
   */
  async write(span: EventSpan, signal: AbortSignal): Promise<ArchiveFile | null> {
    const { archiveDirectory } = this.config;
    if (archiveDirectory === undefined) return null;
    const { logId, first, last } = span;
    const log = businessIdOf(logId) ?? 'platform';
    const directory = join(archiveDirectory, log);
    const name = `${first}-${last}.ndjson.gz`;
    const draft = join(directory, `${name}.${randomUUID()}`);
    await makeDirectory(directory);
    try {
      const written = await this.writeDraft(draft, span, signal);
      if ((await digestOf(draft, signal, createGunzip())) !== written)
        throw new Error('The archive does not read back.');
      const sha256 = await digestOf(draft, signal);
      await rename(draft, join(directory, name));
      await this.list(directory, { name, sha256 });
      await syncDirectory(directory);
      return { name: `${log}/${name}`, sha256 };
    } finally {
      await rm(draft, { force: true });
    }
  }

  /** Writes the digest into the manifest of the log, which `sha256sum --check` reads. */
  private async list(directory: string, { name, sha256 }: ArchiveFile): Promise<void> {
    const path = join(directory, MANIFEST);
    const listed = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
    const others = listed.split('\n').filter((line) => line !== '' && !line.endsWith(` ${name}`));
    await replaceFile(path, [...others, `${sha256}  ${name}`, ''].join('\n'));
  }

  /**
   * Whether a file is there as it was recorded. One that was looked at before, and has not been written to since, is not
   * read again.
   */
  async holds({ name, sha256 }: ArchiveFile, signal: AbortSignal): Promise<boolean> {
    const { archiveDirectory } = this.config;
    if (archiveDirectory === undefined) return true;
    const path = join(archiveDirectory, name);
    const found = await stat(path, { bigint: true }).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    if (found === null) return false;
    const state = `${found.ino} ${found.size} ${found.mtimeNs} ${found.ctimeNs} ${sha256}`;
    if (this.seen.get(name) === state) return true;
    if ((await digestOf(path, signal)) !== sha256) return false;
    this.seen.set(name, state);
    return true;
  }

  private async writeDraft(
    path: string,
    { logId, first, last }: EventSpan,
    signal: AbortSignal,
  ): Promise<string> {
    const hash = createHash('sha256');
    const pieces = await this.exports.begin(logId, {
      filter: { sequenceFrom: first, sequenceTo: last },
      filterText: null,
      compareAt: null,
      format: 'ndjson',
      reading: (read) => read(),
    });
    await pipeline(
      pieces,
      async function* (source: AsyncIterable<string>) {
        for await (const piece of source) {
          hash.update(piece);
          yield piece;
        }
      },
      createGzip(),
      createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }),
      { signal },
    );
    return hash.digest('hex');
  }
}

/** @param unpacking what the content of the file goes through first */
async function digestOf(path: string, signal: AbortSignal, ...unpacking: Gunzip[]): Promise<string> {
  const hash = createHash('sha256');
  await pipeline([createReadStream(path), ...unpacking, hash], { signal });
  return hash.digest('hex');
}

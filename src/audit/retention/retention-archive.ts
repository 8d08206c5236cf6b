import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { auditConfig } from '../../config/audit.config.js';
import { makeDirectory } from '../../config/make-directory.js';
import { syncDirectory } from '../../config/private-file.js';
import { Exports } from '../export/exports.js';
import { businessIdOf } from '../sealing/checkpoint-notes.js';
import type { EventSpan } from './retention.repository.js';

/** Where events go before they are dropped: exports that `rescind audit verify` accepts, readable by the owner alone. */
@Injectable()
export class RetentionArchive {
  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly exports: Exports,
  ) {}

  /**
   * Exports the events to `<business or platform>/<first>-<last>.ndjson.gz` below the archive directory. The file is
   * there whole, read back and on disk, or this rejects, as when `signal` aborts. A repeated call replaces it.
   * @returns the file's name below the directory; null when no archive is kept
   */
  async write(span: EventSpan, signal: AbortSignal): Promise<string | null> {
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
      if ((await contentDigest(draft, signal)) !== written)
        throw new Error('The archive does not read back.');
      await rename(draft, join(directory, name));
      await syncDirectory(directory);
    } finally {
      await rm(draft, { force: true });
    }
    return `${log}/${name}`;
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

async function contentDigest(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), createGunzip(), hash, { signal });
  return hash.digest('hex');
}

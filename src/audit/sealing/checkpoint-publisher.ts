import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../../common/errors/driver-error.js';
import { auditConfig } from '../../config/audit.config.js';
import { makeDirectory } from '../../config/make-directory.js';
import { createFile } from '../../config/private-file.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { openCheckpoint, type Checkpoint } from '../transparency/checkpoint.js';
import { businessIdOf, CheckpointNotes } from './checkpoint-notes.js';
import type { Tree } from './trees.repository.js';

const SINK_TIMEOUT_MS = 5000;
const EXTENSION = '.checkpoint';

/**
 * Brings checkpoints out of the database's reach: a log whose only copy of its root lies beside it can be
 * rewritten. One file for each, `<directory>/<business or platform>/<size>.checkpoint`, never changed; and a POST.
 * What could not be delivered is tried again with the next round; the latest replaces earlier ones.
 */
@Injectable()
export class CheckpointPublisher {
  private readonly logger = new Logger('Audit');
  private readonly latest = new Map<string, Checkpoint | null>();
  private undelivered = new Map<string, Tree>();

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
  ) {}

  get hasDirectory(): boolean {
    return this.config.checkpointDirectory !== undefined;
  }

  /** The largest checkpoint of the log that lies in the directory; to be recalled before. */
  published(logId: string): Checkpoint | null {
    return this.latest.get(logId) ?? null;
  }

  /** Reads what earlier processes have published of these logs, once a process. */
  async recall(logIds: readonly string[]): Promise<void> {
    const directory = this.config.checkpointDirectory;
    for (const logId of logIds) {
      if (directory === undefined || this.latest.has(logId)) continue;
      this.latest.set(logId, await this.readLargest(this.directoryOf(directory, logId)));
    }
  }

  async publish(trees: readonly Tree[]): Promise<void> {
    if (this.config.checkpointDirectory === undefined && this.config.checkpointUrl === undefined) return;
    for (const tree of trees) this.undelivered.set(tree.logId, tree);
    const due = [...this.undelivered.values()];
    this.undelivered = new Map();
    for (const tree of due) {
      await this.deliver(tree).catch((error: unknown) => {
        if (!this.undelivered.has(tree.logId)) this.undelivered.set(tree.logId, tree);
        this.complain(error, tree);
      });
    }
  }

  private complain(error: unknown, { logId }: Tree): void {
    this.logger.error(
      { ...loggableError(error), business_id: logId },
      'A checkpoint of the audit log could not be published; it is tried again.',
    );
  }

  /**
   * Publishes those of the trees that the directory lacks, wherever they were sealed. One that the directory has
   * already was sent by whoever put it there.
   */
  async publishMissing(trees: readonly Tree[]): Promise<void> {
    if (!this.hasDirectory) return;
    await this.recall(trees.map(({ logId }) => logId));
    for (const tree of trees) {
      if ((this.published(tree.logId)?.size ?? 0) >= tree.size) continue;
      const note = this.notes.noteOf(tree);
      await this.keep(tree, note)
        .then((isNew) => (isNew ? this.send(note) : undefined))
        .catch((error: unknown) => this.complain(error, tree));
    }
  }

  private async deliver(tree: Tree): Promise<void> {
    const note = this.notes.noteOf(tree);
    await this.keep(tree, note);
    await this.send(note);
  }

  /** @returns whether the directory did not have it yet */
  private async keep(tree: Tree, note: string): Promise<boolean> {
    if (this.config.checkpointDirectory === undefined) return true;
    const directory = this.directoryOf(this.config.checkpointDirectory, tree.logId);
    await makeDirectory(directory);
    const path = join(directory, `${tree.size}${EXTENSION}`);
    const isNew = await createFile(path, note, 0o644);
    if (!isNew && (await readFile(path, 'utf8')) !== note)
      throw new Error('Another checkpoint of this size was published before.');
    this.latest.set(tree.logId, {
      origin: this.notes.originOf(tree.logId),
      size: tree.size,
      root: tree.root,
    });
    return isNew;
  }

  private async send(note: string): Promise<void> {
    const { checkpointUrl, checkpointHeader } = this.config;
    if (checkpointUrl === undefined) return;
    const { ok, status } = await fetch(checkpointUrl, {
      method: 'POST',
      headers: { ...checkpointHeader, 'content-type': 'text/plain; charset=utf-8' },
      body: note,
      redirect: 'error',
      signal: AbortSignal.timeout(SINK_TIMEOUT_MS),
    });
    if (!ok) throw new Error(`The checkpoint sink answered ${status}.`);
  }

  private directoryOf(directory: string, logId: string): string {
    return join(directory, businessIdOf(logId) ?? 'platform');
  }

  private async readLargest(directory: string): Promise<Checkpoint | null> {
    const names = await readdir(directory).catch(() => []);
    const sizes = names
      .filter((name) => /^\d{1,15}\.checkpoint$/.test(name))
      .map((name) => Number(name.slice(0, -EXTENSION.length)));
    if (sizes.length === 0) return null;
    const largest = sizes.reduce((left, right) => Math.max(left, right));
    const note = await readFile(join(directory, `${largest}${EXTENSION}`), 'utf8');
    return openCheckpoint(note, [{ name: null, publicKey: this.keys.publicKey }]);
  }
}

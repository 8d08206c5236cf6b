import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Inject, Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { loggableError } from '../../common/errors/driver-error.js';
import { auditConfig } from '../../config/audit.config.js';
import { createFile, makeDirectory } from '../../config/private-file.js';
import { SigningKeys } from '../../secrets/signing-keys.js';
import { openCheckpoint, type Checkpoint } from '../../log-format/transparency/checkpoint.js';
import { businessIdOf, CheckpointNotes } from './checkpoint-notes.js';
import { IntegrityFaults } from './integrity-faults.js';
import type { Tree, TrustedTree } from './trees.repository.js';

const SINK_TIMEOUT_MS = 5000;
const EXTENSION = '.checkpoint';

class PublishedOtherwise extends Error {
  constructor() {
    super('Another checkpoint of this size was published before.');
  }
}

/**
 * Publishes checkpoints outside the database: if the only copy of a log's root is beside the log, the log can be
 * rewritten. One file for each, `<directory>/<business or platform>/<size>.checkpoint`, which never changes; and a
 * POST. What could not be delivered is tried again in the next round; the latest checkpoint of a log replaces
 * earlier ones.
 */
@Injectable()
export class CheckpointPublisher implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly latest = new Map<string, Checkpoint | null>();
  private readonly unreadable = new Set<string>();
  private unkept = new Map<string, TrustedTree>();
  private unsent = new Map<string, { tree: TrustedTree; note: string }>();
  private sending: Promise<void> = Promise.resolve();

  constructor(
    @Inject(auditConfig.KEY) private readonly config: ConfigType<typeof auditConfig>,
    private readonly notes: CheckpointNotes,
    private readonly keys: SigningKeys,
    private readonly faults: IntegrityFaults,
  ) {}

  get hasDirectory(): boolean {
    return this.config.checkpointDirectory !== undefined;
  }

  /** The largest checkpoint of the log in the directory; it must have been read before. */
  published(logId: string): Checkpoint | null {
    return this.latest.get(logId) ?? null;
  }

  /** Reads what earlier processes have published of these logs, once a process. */
  async readPublished(logIds: readonly string[]): Promise<void> {
    const directory = this.config.checkpointDirectory;
    for (const logId of logIds) {
      if (directory === undefined || this.latest.has(logId)) continue;
      try {
        this.latest.set(logId, await this.readLargest(logId, this.directoryOf(directory, logId)));
        this.unreadable.delete(logId);
      } catch (error) {
        this.unreadable.add(logId);
        this.logger.error(
          { ...loggableError(error), business_id: logId },
          'The latest published checkpoint of the audit log cannot be read.',
        );
      }
    }
  }

  /** Whether checkpoints of the log were published but could not be read: `readPublished` tries again. */
  isUnreadable(logId: string): boolean {
    return this.unreadable.has(logId);
  }

  /**
   * Writes the files of the trees, and those that could not be written before, and sends them without waiting: the
   * receiver may be slow.
   */
  async publish(trees: readonly TrustedTree[]): Promise<void> {
    if (this.config.checkpointDirectory === undefined && this.config.checkpointUrl === undefined) return;
    for (const tree of trees) this.unkept.set(tree.logId, tree);
    const due = [...this.unkept.values()];
    this.unkept = new Map();
    for (const tree of due) {
      const note = this.notes.noteOf(tree);
      try {
        await this.keep(tree, note);
        this.unsent.set(tree.logId, { tree, note });
      } catch (error) {
        if (!this.unkept.has(tree.logId)) this.unkept.set(tree.logId, tree);
        this.complain(error, tree);
      }
    }
    this.sending = this.sending.then(() => this.sendAll());
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.sending;
  }

  /** One after the other. A receiver that fails is asked again with the next round. */
  private async sendAll(): Promise<void> {
    const due = [...this.unsent.values()];
    this.unsent = new Map();
    for (const [at, { tree, note }] of due.entries())
      try {
        await this.send(note);
      } catch (error) {
        for (const each of due.slice(at))
          if (!this.unsent.has(each.tree.logId)) this.unsent.set(each.tree.logId, each);
        this.complain(error, tree);
        return;
      }
  }

  private complain(error: unknown, { logId, size }: Tree): void {
    if (error instanceof PublishedOtherwise) this.faults.raise('log_forked', logId, size);
    this.logger.error(
      { ...loggableError(error), business_id: logId },
      'A checkpoint of the audit log could not be published; it will be retried.',
    );
  }

  /** Those of the trees that the directory lacks. */
  async missing<T extends Tree>(trees: readonly T[]): Promise<T[]> {
    await this.readPublished(trees.map(({ logId }) => logId));
    return trees.filter(({ logId, size }) => (this.published(logId)?.size ?? 0) < size);
  }

  /**
   * Publishes those of the trees that the directory lacks, wherever they were sealed. One that the directory has
   * already was sent by whoever put it there.
   */
  async publishMissing(trees: readonly TrustedTree[]): Promise<void> {
    if (!this.hasDirectory) return;
    for (const tree of await this.missing(trees)) {
      const note = this.notes.noteOf(tree);
      const isNew = await this.keep(tree, note).catch((error: unknown) => {
        this.complain(error, tree);
        return false;
      });
      if (isNew) this.unsent.set(tree.logId, { tree, note });
    }
    this.sending = this.sending.then(() => this.sendAll());
  }

  /** @returns whether the directory did not have it yet */
  private async keep(tree: Tree, note: string): Promise<boolean> {
    if (this.config.checkpointDirectory === undefined) return true;
    const directory = this.directoryOf(this.config.checkpointDirectory, tree.logId);
    await makeDirectory(directory);
    const path = join(directory, `${tree.size}${EXTENSION}`);
    const isNew = await createFile(path, note, 0o644);
    // The same tree may have been published under an earlier key.
    if (!isNew && Buffer.compare(this.open(tree.logId, await readFile(path, 'utf8')).root, tree.root) !== 0)
      throw new PublishedOtherwise();
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

  private async readLargest(logId: string, directory: string): Promise<Checkpoint | null> {
    const names = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    const sizes = names
      .filter((name) => /^\d{1,15}\.checkpoint$/.test(name))
      .map((name) => Number(name.slice(0, -EXTENSION.length)));
    if (sizes.length === 0) return null;
    const largest = sizes.reduce((left, right) => Math.max(left, right));
    const note = await readFile(join(directory, `${largest}${EXTENSION}`), 'utf8');
    const checkpoint = this.open(logId, note);
    if (checkpoint.size !== largest)
      throw new Error('A published checkpoint is not of the size it is named by.');
    return checkpoint;
  }

  /** Under any key that ever signed here. @throws UntrustedNote, Error when it is of another log */
  private open(logId: string, note: string): Checkpoint {
    const keys = this.keys.all.map(({ publicKey }) => ({ name: null, publicKey }));
    const checkpoint = openCheckpoint(note, keys);
    if (checkpoint.origin !== this.notes.originOf(logId))
      throw new Error('A published checkpoint is of another log.');
    return checkpoint;
  }
}

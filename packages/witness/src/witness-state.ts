import { hash } from 'node:crypto';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readCheckpoint, type Checkpoint } from '../../../src/log-format/transparency/checkpoint.js';
import { createFile, makeDirectory, syncDirectory } from '../../../src/config/private-file.js';
import { UnusableWitness } from './unusable-witness.js';

/** The checkpoint that was cosigned last for a log. */
interface Cosigned {
  checkpoint: Checkpoint;
  /** With the signatures of the log and of this witness. */
  note: string;
  /** Counts the cosigned checkpoints of this log, from 1. */
  generation: number;
}

const GENERATION = /^[1-9][0-9]{0,14}$/;
/** An unfinished file: its generation, and what makes its name unique. */
const DRAFT = /^([1-9][0-9]{0,14})\.[0-9a-f-]{36}$/;
const KEPT = 2;
const EVIDENCE_MAX = 64;

/**
 * What a witness has cosigned: a file for each log and generation, `<directory>/<hex SHA-256 of the
 * origin>/<generation>`, which is written to the disk completely before it gets its name. A generation is created
 * only once, so no two processes on one directory, and no two simultaneous requests, continue from the same
 * checkpoint. Nothing is kept in memory.
 */
export class WitnessState {
  constructor(private readonly directory: string) {}

  /** @throws UnusableWitness if the directory cannot be used, or the file of one of the logs cannot be read */
  async open(origins: Iterable<string>): Promise<void> {
    try {
      for (const origin of origins) {
        await makeDirectory(this.directoryOf(origin));
        await this.latest(origin);
      }
      await syncDirectory(this.directory);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      throw new UnusableWitness(`The state ${this.directory} cannot be used: ${code ?? message}.`, { cause });
    }
  }

  /** Null: nothing was cosigned. @throws Error if a file exists and cannot be read */
  async latest(origin: string): Promise<Cosigned | null> {
    const directory = this.directoryOf(origin);
    for (;;) {
      const generation = Math.max(0, ...(await generationsIn(directory)));
      if (generation === 0) return null;
      try {
        const note = await readFile(join(directory, String(generation)), 'utf8');
        const checkpoint = readCheckpoint(note);
        if (checkpoint.origin !== origin) throw new Error('a file is of another log');
        return { checkpoint, note, generation };
      } catch (error) {
        // Another process has written a later one and removed this.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      }
    }
  }

  /**
   * Stores a note after that of `generation`, or as the first (0). When it resolves, the note survives a power
   * failure.
   * @returns false if there is a later one already: nothing was changed
   */
  async advance(origin: string, generation: number, note: string): Promise<boolean> {
    const directory = this.directoryOf(origin);
    const path = join(directory, String(generation + 1));
    if (!(await createFile(path, note))) return false;
    const names = await readdir(directory);
    // It was stopped for so long that this generation was created and removed meanwhile; from then on there is
    // always a later one.
    if (names.some((name) => GENERATION.test(name) && Number(name) > generation + 1)) {
      await rm(path, { force: true });
      return false;
    }
    const isOver = (number: string): boolean => Number(number) <= generation + 1 - KEPT;
    for (const name of names)
      if ((GENERATION.test(name) && isOver(name)) || isOver(DRAFT.exec(name)?.[1] ?? 'none'))
        await rm(join(directory, name), { force: true });
    return true;
  }

  /**
   * Stores a checkpoint that the log has signed and that does not follow from what was cosigned; a limited number of
   * them.
   */
  async keepEvidence({ origin, size, root }: Checkpoint, note: string): Promise<void> {
    const directory = join(this.directoryOf(origin), 'refused');
    await makeDirectory(directory);
    if ((await readdir(directory)).length >= EVIDENCE_MAX) return;
    await createFile(join(directory, `${size}-${Buffer.from(root).toString('hex')}`), note);
  }

  private directoryOf(origin: string): string {
    return join(this.directory, originHash(origin));
  }
}

/** How addresses and directories name a log (C2SP tlog-witness). */
export function originHash(origin: string): string {
  return hash('sha256', origin, 'hex');
}

async function generationsIn(directory: string): Promise<number[]> {
  return (await readdir(directory)).filter((name) => GENERATION.test(name)).map(Number);
}

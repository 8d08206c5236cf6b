import cluster from 'node:cluster';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import type { AuditDetailsByAction } from '../log-format/audit-action.js';
import { SYSTEM_CONTEXT } from '../audit/trail/audit-draft.js';
import type { Change, ChangeEvent } from '../changes/change.js';
import { Changes } from '../changes/changes.js';
import { loggableError } from '../common/errors/driver-error.js';
import { PeriodicTask } from '../common/periodic-task.js';
import { rescindVersion } from '../common/version.js';
import { settingValues } from '../config/known-settings.js';
import { RowMacs } from '../secrets/row-macs.js';
import { SecretHasher } from '../secrets/secret-hasher.js';
import { SigningKeys } from '../secrets/signing-keys.js';
import { type KeptFact, LastStartRepository } from './last-start.repository.js';

const TARGET = { kind: 'service' as const, id: hostname() };

/** What a start has, beside its settings. */
interface StartFacts {
  migrations: readonly string[];
  pepper: string;
  signingKey: string;
}

/** What is told of how this start differs from the last. @param kept of the last start */
function changesSince(
  kept: ReadonlyMap<string, KeptFact>,
  settings: ReadonlyMap<string, string>,
  facts: StartFacts,
  macs: RowMacs,
): ChangeEvent[] {
  const events: ChangeEvent[] = [];
  const applied = new Set(parsedList(kept.get('migrations')?.value));
  const migrations = facts.migrations.filter((name) => !applied.has(name));
  if (migrations.length > 0)
    events.push({ action: 'migrations.applied', target: TARGET, details: { migrations } });
  const changedOnes = kept.size === 0 ? null : changedSettings(kept, settings, macs);
  if (changedOnes !== null) events.push({ action: 'settings.changed', target: TARGET, details: changedOnes });
  const pepper = changed(kept.get('pepper')?.value, facts.pepper);
  if (pepper !== null) events.push({ action: 'pepper.changed', target: TARGET, details: pepper });
  const signingKey = changed(kept.get('signing_key')?.value, facts.signingKey);
  if (signingKey !== null)
    events.push({ action: 'signing_key.changed', target: TARGET, details: signingKey });
  return events;
}

/** What is kept of this start for the next. */
function factsToKeep(
  settings: ReadonlyMap<string, string>,
  { migrations, pepper, signingKey }: StartFacts,
  macs: RowMacs,
): KeptFact[] {
  return [
    ...[...settings].map(([name, value]) => ({ name, digest: macs.macOf(name, '=', value), value: null })),
    { name: 'migrations', digest: null, value: JSON.stringify(migrations) },
    { name: 'pepper', digest: null, value: pepper },
    { name: 'signing_key', digest: null, value: signingKey },
  ];
}

/** A setting that the last start did not know yet has changed if it is set. */
function changedSettings(
  kept: ReadonlyMap<string, KeptFact>,
  settings: ReadonlyMap<string, string>,
  macs: RowMacs,
): AuditDetailsByAction['settings.changed'] | null {
  const names: string[] = [];
  const notCompared: string[] = [];
  for (const [name, value] of settings) {
    const digest = kept.get(name)?.digest ?? null;
    if (digest === null) {
      if (value !== '') names.push(name);
      continue;
    }
    const judgement = macs.judge(digest, name, '=', value);
    if (judgement === 'forged') names.push(name);
    if (judgement === 'unknown_key') notCompared.push(name);
  }
  return names.length + notCompared.length === 0 ? null : { names, not_compared: notCompared };
}

function changed(
  before: string | null | undefined,
  after: string,
): { id_before: string; id_after: string } | null {
  return before === undefined || before === null || before === after
    ? null
    : { id_before: before, id_after: after };
}

function parsedList(text: string | null | undefined): string[] {
  return text === undefined || text === null ? [] : (JSON.parse(text) as string[]);
}

const RETRY_MS = 5000;
/** Nobody waits longer for the record of a start: it is tried again until there is one. */
const START_MS_MAX = 1000;
/** A stop that cannot be recorded in this time is not. */
const STOP_MS_MAX = 2000;

/**
 * Records in the platform's log that this process begins and ends to serve, and how its start differs from the last of the
 * installation: migrations that were applied, another pepper or signing key, settings by name. Of values a digest under a
 * key that is derived from the signing key is kept, which nobody has with the database alone.
 */
@Injectable()
export class ServiceRecord implements BeforeApplicationShutdown {
  private readonly logger = new Logger('Audit');
  private readonly macs: RowMacs;
  private readonly attempts = new PeriodicTask(() => this.recordStart(), RETRY_MS);
  private readonly startIsRecorded = Promise.withResolvers<void>();
  private isServing = false;
  private isRecorded = false;

  constructor(
    private readonly changes: Changes,
    private readonly lastStart: LastStartRepository,
    private readonly hasher: SecretHasher,
    private readonly keys: SigningKeys,
  ) {
    this.macs = new RowMacs(keys, 'rescind setting');
  }

  /** Resolves when it is recorded, or after a second. */
  async started(): Promise<void> {
    this.isServing = true;
    this.attempts.start(0);
    await Promise.race([this.startIsRecorded.promise, delay(START_MS_MAX, undefined, { ref: false })]);
  }

  async beforeApplicationShutdown(): Promise<void> {
    if (!this.isServing) return;
    await Promise.race([this.recordStop(), delay(STOP_MS_MAX, undefined, { ref: false })]);
  }

  private async recordStart(): Promise<void> {
    if (this.isRecorded) return;
    try {
      await this.changes.make(SYSTEM_CONTEXT, null, 'unconcerned', (change) => this.compare(change));
      this.isRecorded = true;
      this.startIsRecorded.resolve();
      void this.attempts.stop();
    } catch (error) {
      this.logger.warn(loggableError(error), 'The start could not be recorded; it will be retried.');
    }
  }

  /** The log of the platform is held: of starts at once, each compares with the one before it. */
  private async compare(change: Change): Promise<void> {
    const { manager } = change;
    const settings = settingValues();
    const facts: StartFacts = {
      migrations: await this.lastStart.migrations(manager),
      pepper: this.hasher.currentPepperId,
      signingKey: this.keys.kid,
    };
    const kept = await this.lastStart.read(manager);
    await this.lastStart.keep(factsToKeep(settings, facts, this.macs), manager);
    for (const event of changesSince(kept, settings, facts, this.macs)) change.record(event);
    change.record({
      action: 'service.started',
      target: TARGET,
      details: {
        ...this.whoServes(),
        pepper: facts.pepper,
        signing_key: facts.signingKey,
        is_first: kept.size === 0,
      },
    });
  }

  private async recordStop(): Promise<void> {
    await this.attempts.stop();
    try {
      await this.changes.make(SYSTEM_CONTEXT, null, 'unconcerned', async (change) => {
        if (!this.isRecorded) await this.compare(change);
        change.record({ action: 'service.stopped', target: TARGET, details: this.whoServes() });
      });
    } catch (error) {
      this.logger.warn(loggableError(error), 'The stop could not be recorded.');
    }
  }

  private whoServes(): { version: string; process: number; worker: number | null } {
    return { version: rescindVersion(), process: process.pid, worker: cluster.worker?.id ?? null };
  }
}

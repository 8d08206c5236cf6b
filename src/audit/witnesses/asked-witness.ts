import type { Logger } from '@nestjs/common';
import type { Cosignature } from '../transparency/cosignature.js';
import type { PolicyWitness } from '../transparency/witness-policy.js';
import { WitnessClient, WitnessRefused, type Submission } from './witness-client.js';

const BACKOFF_MS = { first: 1000, max: 60_000 };
/** A checkpoint that has not changed is cosigned anew so often: its time says that nothing newer was hidden. */
const REFRESH_MS = 600_000;
/** A cosignature with another time than this from the database's is not kept: it is an old one, or the clock is wrong. */
const CLOCK_SKEW_SECONDS_MAX = 300;

const SENTENCES = {
  inconsistent:
    'refuses the checkpoint: two histories of this log were signed (as after a backup was restored, or by somebody else with the key), or the witness lies.',
  ahead:
    'has cosigned a longer log: the newest events of this one are gone (as after a backup was restored), or the witness lies.',
  unreachable: 'does not answer; it is asked again.',
  untrusted: 'answers what is no cosignature of it; it is asked again.',
  refused: 'does not cosign; it is asked again.',
};

/** One witness, as the process that asks knows it. Its failures are nobody else's: it is asked again, less and less often. */
export class AskedWitness {
  cosignatures = 0;
  failures = 0;
  private readonly client: WitnessClient;
  private asking: Promise<void> | null = null;
  private streak = 0;
  private cosignedSize = 0;
  /** On the monotonic clock. */
  private notBeforeMs = 0;
  private refreshAtMs = 0;

  constructor(
    readonly witness: PolicyWitness & { url: string },
    private readonly logger: Logger,
  ) {
    this.client = new WitnessClient(witness);
  }

  /** Whether it should be asked about a tree of that size now. */
  isDue(size: number): boolean {
    const nowMs = performance.now();
    if (this.asking !== null || nowMs < this.notBeforeMs) return false;
    return size > this.cosignedSize || nowMs >= this.refreshAtMs;
  }

  /** Asks, and hands over what it cosigns. Never rejects. */
  ask(
    submission: Submission,
    {
      stopped,
      nowSeconds,
      keep,
    }: {
      stopped: AbortSignal;
      nowSeconds: () => Promise<number>;
      keep: (cosignature: Cosignature) => Promise<void>;
    },
  ): Promise<void> {
    const asking = this.client
      .cosign(submission, stopped)
      .then(async (cosignature) => {
        demandFresh(cosignature, await nowSeconds());
        await keep(cosignature);
        this.succeeded(submission.size);
      })
      .catch((error: unknown) => {
        if (!stopped.aborted) this.failed(error);
      })
      .finally(() => (this.asking = null));
    this.asking = asking;
    return asking;
  }

  /** Resolves once it is not being asked any more. */
  async settled(): Promise<void> {
    await this.asking;
  }

  private succeeded(size: number): void {
    this.cosignatures += 1;
    this.cosignedSize = size;
    this.refreshAtMs = performance.now() + REFRESH_MS;
    if (this.streak > 0) this.logger.log(`The witness ${this.witness.alias} cosigns again.`);
    this.streak = 0;
  }

  private failed(error: unknown): void {
    this.failures += 1;
    this.streak += 1;
    const backoffMs = Math.min(BACKOFF_MS.first * 2 ** Math.min(this.streak - 1, 10), BACKOFF_MS.max);
    this.notBeforeMs = performance.now() + backoffMs * (0.75 + Math.random() / 2);
    const kind = error instanceof WitnessRefused ? error.kind : null;
    const said = `The witness ${this.witness.alias} ${kind === null ? 'could not be asked; it will be retried.' : SENTENCES[kind]}`;
    const facts = { witness: this.witness.alias, reason: kind, error: String(error) };
    if (kind === 'inconsistent' || kind === 'ahead') this.logger.error(facts, said);
    else if (this.streak === 1) this.logger.warn(facts, said);
  }
}

function demandFresh({ seconds }: Cosignature, nowSeconds: number): void {
  const skew = Math.round(seconds - nowSeconds);
  if (Math.abs(skew) > CLOCK_SKEW_SECONDS_MAX)
    throw new WitnessRefused(
      'untrusted',
      `Its cosignature is ${Math.abs(skew)} s ${skew < 0 ? 'old' : 'ahead'}.`,
    );
}

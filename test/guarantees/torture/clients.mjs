// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { Asker } from './asking.mjs';
import { Calls } from './calls.mjs';
import * as changes from './changes.mjs';
import * as conditions from './conditions.mjs';
import { cutOffOwner, cutOffOwnerOfThousands, endOwner, endOwnerOfThousands } from './owners.mjs';
import { HttpConnection, NoAnswer } from './raw-http.mjs';
import { storm } from './storms.mjs';
import { TokenPool } from './token-pool.mjs';

const LOOPS_PER_VERIFIER = 6;
const CHANGERS = 24;
/** Client verifiers ask by themselves; what they ask about is told to them. */
const TOLD_EVERY_MS = 100;
const TOLD_AT_ONCE = 12;

/** What the changers do, and how often. */
const CHANGES = {
  issue: { weight: 30, make: changes.issue },
  revoke: { weight: 38, make: changes.revoke },
  race: { weight: 18, make: changes.race },
  rotate: { weight: 8, make: changes.rotate },
  again: { weight: 3, make: changes.revokeAgain },
  twice: { weight: 6, make: changes.revokeTwice },
  receipt: { weight: 2, make: changes.fetchReceipt },
  operator: { weight: 2, make: changes.revokeAsOperator },
  'one-use': { weight: 4, make: changes.useUp },
  owner: { weight: 3, make: endOwner },
  'owner-of-thousands': { weight: 0.1, make: endOwnerOfThousands },
  'cut-off': { weight: 4, make: cutOffOwner },
  'cut-off-of-thousands': { weight: 0.1, make: cutOffOwnerOfThousands },
  suspension: { weight: 1, make: conditions.suspend },
  demotion: { weight: 2, make: conditions.demote },
  addresses: { weight: 2, make: conditions.bind },
  storm: { weight: 3, make: storm },
};

/**
 * The clients of one run: they issue, verify, rotate and revoke, and write down what they saw. Each change is given
 * all of this.
 */
export class Clients {
  counts = { changes: {}, unanswered: 0, answeredOtherwise: 0 };
  /** How long the last revocation took. */
  revocationMs = 0;
  /** Whose tokens are acting at this moment (storms.mjs). */
  actors = [];

  /** @param {import('./world.mjs').World} world */
  constructor(world) {
    this.verifiers = world.verifiers;
    this.children = world.children;
    this.cluster = world.cluster;
    this.random = world.random;
    this.history = world.history;
    this.tenants = world.tenants;
    this.leaseMs = world.leaseMs;
    this.only = world.options.changes;
    this.tokens = new TokenPool(world.random, world.history);
    this.asker = new Asker(world);
    this.calls = new Calls(world);
  }

  /** Runs all clients until `untilMs`; resolves when each has had its last answer. */
  async run(untilMs) {
    const going = () => performance.now() < untilMs.valueOf();
    await Promise.all([
      ...this.verifiers.flatMap((verifier) =>
        Array.from({ length: LOOPS_PER_VERIFIER }, () => this.#askUntil(going, verifier)),
      ),
      ...Array.from({ length: CHANGERS }, () => this.#changeUntil(going)),
      this.#tellChildrenUntil(going),
    ]);
    await Promise.all(this.children.map((child) => child.finish()));
    this.counts.answeredOtherwise += this.asker.otherwise;
  }

  /**
   * Writes the change down whatever becomes of it, and asks all verifiers as soon as it has been answered.
   * @param {any} change see History.addChange
   * @param {import('./token-pool.mjs').KnownToken | undefined} token to ask about
   * @param {() => Promise<{status: number, verifier?: number, body?: any} | false>} perform
   */
  async recorded(change, token, perform) {
    const record = { ...change, startMs: performance.now(), endMs: Infinity, ok: false };
    this.history.addChange(record);
    const answer = await perform();
    record.endMs = performance.now();
    record.ok = answer !== false && answer.status < 300;
    if (record.ok && record.kind === 'revoke') this.revocationMs = record.endMs - record.startMs;
    if (answer)
      Object.assign(record, {
        status: answer.status,
        verifier: answer.verifier,
        receipt: answer.body?.receipt,
      });
    if (record.ok && token) void this.asker.askAll(token);
    return record;
  }

  async #askUntil(going, verifier) {
    const connection = new HttpConnection(verifier.port);
    while (going()) {
      const token = this.tokens.watched();
      if (token === undefined || !(await this.asker.ask(connection, verifier, token))) await sleep(20);
    }
    connection.close();
  }

  async #tellChildrenUntil(going) {
    while (going() && this.children.length > 0) {
      for (const child of this.children) {
        const tokens = Array.from({ length: TOLD_AT_ONCE }, () => this.tokens.watched());
        child.watch(
          tokens.filter((token) => token !== undefined),
          false,
        );
      }
      await sleep(TOLD_EVERY_MS);
    }
  }

  #weights() {
    const chosen = Object.entries(CHANGES).filter(([name]) => this.only?.includes(name) ?? true);
    return Object.fromEntries(chosen.map(([name, { weight }]) => [name, weight]));
  }

  async #changeUntil(going) {
    const weights = this.#weights();
    while (going()) {
      const name = this.random.weighted(weights);
      const done = await CHANGES[name].make(this).catch((error) => {
        if (!(error instanceof NoAnswer)) throw error;
        this.counts.unanswered++;
        return false;
      });
      if (done) this.counts.changes[name] = (this.counts.changes[name] ?? 0) + 1;
      else await sleep(30);
    }
  }
}

import { Lease as ClientLease } from '../../../packages/verifier/src/lease.js';
import type { RememberedVerdicts } from '../../../packages/verifier/src/remembered-verdicts.js';
import { Session } from '../../../packages/verifier/src/session.js';
import { Barrier } from '../../../src/lease/barrier.js';
import { ClientVerifier } from '../../../src/lease/client-verifiers/client-verifier.js';
import { ClientVerifiers } from '../../../src/lease/client-verifiers/client-verifiers.js';
import { Lease, LeaseWatch } from '../../../src/lease/lease.js';
import { Registration } from '../../../src/lease/registration.js';
import { Verifier } from '../../../src/lease/verifier.js';
import { VerdictCache } from '../../../src/verification/verdict-cache.js';
import { Database } from './database.js';
import type { Host } from './host.js';

type Method = (this: never, ...given: never[]) => unknown;
/** A class, as far as a method of it can be replaced. */
interface Replaceable {
  readonly name: string;
  readonly prototype: object;
}

/** One method built wrong, until the function that is returned is called. */
function wrong(of: Replaceable, method: string, by: (right: Method) => Method): () => void {
  const prototype = of.prototype as Record<string, Method>;
  const right = prototype[method];
  if (typeof right !== 'function') throw new Error(`${of.name} has no ${method}`);
  prototype[method] = by(right);
  return () => (prototype[method] = right);
}

const all =
  (...those: (() => () => void)[]) =>
  (): (() => void) => {
    const undo = those.map((make) => make());
    return () => undo.forEach((each) => each());
  };

/** Far longer than a turn of the event loop, and than the way of an answer. */
const LATE_MS = 20;

type Any = Record<string, never>;

interface SessionInside {
  applied: number;
  clock: unknown;
  memory: RememberedVerdicts;
  acknowledge(): void;
}

/** The clock of a client verifier is a host of the simulator. */
function laterOn(clock: unknown, task: () => void): void {
  (clock as Host).after(LATE_MS, task);
}

/** Mistakes in what is shipped, or in what it is told. Each has to be found. */
export const MISTAKES: Record<string, () => () => void> = {
  'revocations wait for nobody': all(
    () => wrong(Barrier, 'wait', () => () => Promise.resolve()),
    () => wrong(Barrier, 'waitForAllOf', () => () => Promise.resolve()),
  ),

  'who finds it done is answered at once': () =>
    wrong(Barrier, 'waitForAllOf', () => () => Promise.resolve()),

  'who finds it done waits for the own transaction alone': () =>
    wrong(
      Barrier,
      'waitForAllOf',
      () =>
        function (this: Barrier, _: unknown, transaction: string) {
          return this.wait(transaction);
        },
    ),

  'who is silent is expelled without waiting for the lease': () =>
    wrong(LeaseWatch, 'leaseHasExpired', () => () => true),

  'clocks may differ in rate, and nobody allows for it': all(
    () =>
      wrong(
        LeaseWatch,
        'leaseHasExpired',
        () =>
          function (
            this: { seen: Map<string, { round: string; sinceMs: number }> },
            row: { id: string; round: string; lease_ms: number },
            nowMs: number,
          ) {
            const last = this.seen.get(row.id);
            return last?.round === row.round && nowMs - last.sinceMs > row.lease_ms;
          },
      ),
    () =>
      wrong(
        ClientVerifier,
        'granted',
        () =>
          function (this: Any & { endsAtMs: number }, nowMs: number, ms: number) {
            this.endsAtMs = Math.max(this.endsAtMs, nowMs + ms);
          },
      ),
  ),

  'the lease counts from when its round was answered': () =>
    wrong(
      Lease,
      'extend',
      (extend) =>
        function (this: { clock: Host }, _: unknown, ms: number) {
          const { clock } = this;
          const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
          return extend.call(this as never, now as never, ms as never);
        },
    ),

  'the sub-lease counts from when its grant came': () =>
    wrong(
      ClientLease,
      'extend',
      (extend) =>
        function (this: { clock: Host }, _: unknown, ms: number, databaseMs: number) {
          const { clock } = this;
          const now = { monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() };
          return extend.call(this as never, now as never, ms as never, databaseMs as never);
        },
    ),

  'a lease, once held, never ends': () =>
    wrong(
      Lease,
      'holdsAt',
      (holdsAt) =>
        function (this: { heldOnce?: boolean }, nowMs: number) {
          return (this.heldOnce ||= holdsAt.call(this as never, nowMs as never) as boolean);
        },
    ),

  'a sub-lease, once held, never ends': () =>
    wrong(
      ClientLease,
      'holdsAt',
      (holdsAt) =>
        function (this: { heldOnce?: boolean }, nowMs: number) {
          return (this.heldOnce ||= holdsAt.call(this as never, nowMs as never) as boolean);
        },
    ),

  'a sleep of the machine is not noticed': () =>
    wrong(
      Lease,
      'holdsAt',
      () =>
        function (this: { endsAtMs: number }, nowMs: number) {
          return nowMs < this.endsAtMs;
        },
    ),

  'a sub-lease is as long as a lease, whatever is left of that of the server': () =>
    wrong(
      ClientVerifiers,
      'grant',
      (grant) =>
        function (this: never, child: never) {
          return grant.call(this, child, { remainingAt: () => Infinity } as never);
        },
    ),

  'a server confirms what its client verifiers have not forgotten': () =>
    wrong(ClientVerifiers, 'confirmed', () => (read: never) => read),

  'client verifiers are not told what to forget': () => wrong(ClientVerifier, 'evict', () => () => undefined),

  'a server confirms, and forgets later': () =>
    wrong(
      Registration,
      'take',
      (take) =>
        function (
          this: { clock: { after(ms: number, task: () => void): void } },
          ...[session, row, sentAt, forget]: never[]
        ) {
          const later = ((news: never) =>
            this.clock.after(LATE_MS, () => (forget as unknown as (news: never) => void)(news))) as never;
          return take.call(this as never, session as never, row as never, sentAt as never, later);
        },
    ),

  'a client verifier acknowledges, and forgets later': () =>
    wrong(
      Session,
      'apply',
      (apply) =>
        function (this: SessionInside, frame: { type: string; entries: never }) {
          if (frame.type !== 'evict') return apply.call(this as never, frame as never);
          this.applied++;
          this.acknowledge();
          laterOn(this.clock, () => this.memory.forget(frame.entries));
          return undefined;
        },
    ),

  'a look-up that a revocation overtook is kept': () =>
    wrong(
      VerdictCache,
      'settle',
      () =>
        function (this: { lookups: Map<string, unknown> }, publicId: string) {
          this.lookups.delete(publicId);
          return true;
        },
    ),

  'who was expelled keeps lease and memory': () =>
    wrong(
      Verifier,
      'startOver',
      () =>
        function (this: Any & { former: unknown; registration: unknown; memory: unknown }) {
          this.former = this.registration ?? this.former;
          this.registration = null;
        },
    ),

  'a grant of before a reset is believed after it': () =>
    wrong(
      Session,
      'grant',
      (grant) =>
        function (this: { epoch: unknown }, frame: object) {
          return grant.call(this as never, { ...frame, epoch: this.epoch } as never);
        },
    ),

  'the feed is read by id: what commits late is missed': () =>
    wrong(
      Database,
      'isVisible',
      () =>
        (xid: bigint, { max }: { max: bigint }) =>
          xid < max,
    ),
};

// @ts-check
import { CHILD_SABOTAGES } from './child-sabotages.mjs';
import { dist, leaseForEver, remember, replace } from './patches.mjs';

/**
 * Each takes one leg from under the product, and must be found, with the faults named, as one of the kinds named.
 * `patch` runs in each Rescind process before the application does, `patchChild` in each program with a client verifier; `database` once, on the cluster, when all run.
 * `profile` is where it shows (profile.mjs); nothing of that unless it says so. For what shows too rarely on a
 * busy machine: `changes`, the only ones that clients make (clients.mjs), and `leaseMs`, a longer lease.
 */
export const SABOTAGES = {
  /** Revocations wait for nobody. */
  barrier: {
    faults: ['freeze', 'stall', 'slow'],
    finds: ['active-after-refusal'],
    async patch() {
      const { Barrier } = await dist('lease/barrier.js');
      for (const wait of ['wait', 'waitForAllOf'])
        replace(Barrier, wait, () => () => Promise.resolve(NOTHING_WAITED_FOR));
    },
  },
  /** A lease, once held, never ends. */
  lease: {
    faults: ['freeze', 'stall'],
    finds: ['active-after-refusal'],
    patch: async () => leaseForEver(await dist('lease/lease.js')),
  },
  /** Look-ups that raced with a revocation are kept. */
  fill: {
    faults: ['slow'],
    finds: ['active-after-refusal'],
    async patch() {
      const { VerdictCache } = await dist('verification/verdict-cache.js');
      replace(
        VerdictCache,
        'settle',
        () =>
          function (publicId) {
            this.lookups.delete(publicId);
            return true;
          },
      );
    },
  },
  /** A lease trusts the monotonic clock alone. */
  'wall-witness': {
    profile: { clocks: true },
    faults: ['sleep'],
    finds: ['active-after-refusal'],
    async patch() {
      const { Lease } = await dist('lease/lease.js');
      replace(
        Lease,
        'holdsAt',
        () =>
          function (nowMs) {
            return nowMs < this.endsAtMs;
          },
      );
    },
  },
  /** Whoever was let in acts, whatever has become of them. */
  refusals: {
    faults: ['slow'],
    finds: ['acted-after-its-end'],
    database: (cluster) =>
      cluster.sql(`
        ALTER FUNCTION change_begin(uuid[], uuid[], text[]) RENAME TO change_begin_unsabotaged;
        CREATE FUNCTION change_begin(logs uuid[], actors uuid[], authorities text[])
          RETURNS TABLE (transaction_id text, refusals text[], held_logs text[], held_sizes text[], moment timestamptz, held_macs text[])
          LANGUAGE sql VOLATILE AS $$
          SELECT transaction_id, array_fill(NULL::text, ARRAY[cardinality(actors)]), held_logs, held_sizes, moment, held_macs
          FROM change_begin_unsabotaged(logs, actors, authorities) $$`),
  },
  /** Tokens of the platform are revoked without waiting for what they are doing in businesses. */
  'platform-lock': {
    faults: ['held-owners'],
    finds: ['committed-after-its-end'],
    database: (cluster) => cluster.sql('DROP TRIGGER tokens_platform_revocation ON tokens'),
  },
  /** A cut-off is written down, and moves nobody's `not_before`. */
  'cut-off': {
    faults: [],
    finds: ['active-after-refusal'],
    database: (cluster) => cluster.sql('DROP TRIGGER revocations_apply ON revocations'),
  },
  /** All verifiers but one answer nothing but 503. */
  unavailable: {
    faults: [],
    finds: ['unavailable-when-calm'],
    async patch() {
      if (process.env.TORTURE_INDEX === '0') return;
      const { Verdicts, undecidable } = await dist('verification/verdicts.js');
      replace(Verdicts, 'leasedNow', () => () => null);
      replace(Verdicts, 'verify', () => () => {
        throw undecidable(new Error('sabotage'));
      });
    },
  },
  /** Each revocation takes several leases, as if verifiers were always frozen. */
  slow: {
    faults: [],
    finds: ['revocation-slow-when-calm'],
    async patch() {
      const { Barrier } = await dist('lease/barrier.js');
      const lateMs = Number(process.env.RESCIND_LEASE_MS) * 12;
      replace(
        Barrier,
        'wait',
        (wait) =>
          async function (transaction) {
            await new Promise((resolve) => setTimeout(resolve, lateMs));
            return wait.call(this, transaction);
          },
      );
    },
  },
  /** One verifier is not looked at. */
  receipt: {
    faults: ['freeze'],
    finds: ['receipt-omits-a-verifier'],
    async patch() {
      const { PostgresRegistry } = await dist('verifiers/registry.js');
      replace(
        PostgresRegistry,
        'read',
        (read) =>
          async function (...given) {
            const reading = await read.apply(this, given);
            const { registered, ids, lacking } = reading;
            return { ...reading, registered: registered - 1, ids: ids.slice(1), lacking: lacking.slice(1) };
          },
      );
    },
  },
  /** Verifiers that were waited out are said to have acknowledged. */
  acknowledgement: {
    faults: ['freeze'],
    finds: ['receipt-claims-an-acknowledgement'],
    async patch() {
      const { BarrierEntry } = await dist('lease/barrier-entry.js');
      replace(BarrierEntry, 'countWaitedOut', () => () => undefined);
    },
  },
  /** Each process counts uses by itself. */
  uses: {
    faults: [],
    finds: ['used-too-often'],
    async patch() {
      const { VerdictsRepository } = await dist('verification/verdicts.repository.js');
      const used = new Set();
      replace(
        VerdictsRepository,
        'claimUse',
        () =>
          async ({ id }) =>
            !used.has(id) && used.add(id).has(id),
      );
    },
  },
  /** What changes of an owner is not forgotten. */
  role: {
    faults: [],
    finds: ['active-while-demoted'],
    async patch() {
      const { VerdictCache } = await dist('verification/verdict-cache.js');
      replace(
        VerdictCache,
        'forget',
        (forget) =>
          function (entries) {
            forget.call(
              this,
              entries.filter(({ kind }) => kind !== 'owner'),
            );
          },
      );
    },
  },
  /** Trusted addresses are those that a token was first seen with. */
  addresses: {
    faults: [],
    finds: ['active-while-bound'],
    async patch() {
      const { VerdictCache } = await dist('verification/verdict-cache.js');
      const first = new Map();
      replace(
        VerdictCache,
        'keep',
        (keep) =>
          function (publicId, found) {
            if (found === 'unknown') return keep.call(this, publicId, found);
            if (!first.has(publicId)) first.set(publicId, found.trustedIps);
            keep.call(this, publicId, { ...found, trustedIps: first.get(publicId) });
          },
      );
    },
  },
  /** What had to make room is kept elsewhere, where nothing is forgotten. */
  lru: {
    profile: { smallMemory: true },
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { VerdictCache } = await dist('verification/verdict-cache.js');
      const elsewhere = new Map();
      replace(
        VerdictCache,
        'keep',
        (keep) =>
          function (publicId, found) {
            const [oldest] = this.good.size === this.good.max ? this.good.rentries() : [];
            if (oldest !== undefined) elsewhere.set(oldest[0], oldest[1]);
            keep.call(this, publicId, found);
          },
      );
      replace(
        VerdictCache,
        'get',
        (get) =>
          function (publicId) {
            return get.call(this, publicId) ?? elsewhere.get(publicId);
          },
      );
    },
  },
  /** Introspection remembers its own answers. */
  introspection: {
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { IntrospectFastPath } = await dist('dialects/oauth/introspect-fast-path.js');
      remember(IntrospectFastPath, 'answer', (_, body) => body);
    },
  },
  /** So does the gateway. */
  gateway: {
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { AuthorizeFastPath } = await dist('dialects/gateway/authorize-fast-path.js');
      remember(AuthorizeFastPath, 'answer', ({ url, headers }) => url + headers.authorization);
    },
  },
  ...CHILD_SABOTAGES,
};

const NOTHING_WAITED_FOR = {
  verifiers_registered: 0,
  verifiers_acknowledged: 0,
  verifiers_waited_out: 0,
  duration_ms: 0,
};

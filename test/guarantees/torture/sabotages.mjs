// @ts-check
/**
 * Each takes one leg from under the product, and must be found, with the faults named, as one of the kinds named.
 * `patch` runs in each Rescind process before the application does; `database` once, on the cluster, when all run.
 * `profile` is where it shows (profile.mjs); nothing of that unless it says so.
 */
export const SABOTAGES = {
  /** Revocations wait for nobody. */
  barrier: {
    faults: ['freeze', 'stall', 'slow'],
    finds: ['active-after-refusal'],
    async patch() {
      const { Barrier } = await dist('revocation/barrier.js');
      Barrier.prototype.wait = () => Promise.resolve(NOTHING_WAITED_FOR);
    },
  },
  /** A lease, once held, never ends. */
  lease: {
    faults: ['freeze', 'stall'],
    finds: ['active-after-refusal'],
    patch: () => leaseForEver(),
  },
  /** Look-ups that raced with a revocation are kept. */
  fill: {
    faults: ['slow'],
    finds: ['active-after-refusal'],
    async patch() {
      const { VerdictMemory } = await dist('verification/verdict-memory.js');
      VerdictMemory.prototype.land = function (publicId) {
        this.flights.delete(publicId);
        return true;
      };
    },
  },
  /** A lease trusts the monotonic clock alone. */
  'wall-witness': {
    profile: { clocks: true },
    faults: ['sleep'],
    finds: ['active-after-refusal'],
    async patch() {
      const { Lease } = await dist('revocation/lease.js');
      Lease.prototype.holdsAt = function (nowMs) {
        return nowMs < this.endsAtMs;
      };
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
          RETURNS TABLE (transaction_id text, refusals text[]) LANGUAGE sql VOLATILE AS $$
          SELECT transaction_id, array_fill(NULL::text, ARRAY[cardinality(actors)])
          FROM change_begin_unsabotaged(logs, actors, authorities) $$`),
  },
  /** All verifiers but one answer nothing but 503. */
  unavailable: {
    faults: [],
    finds: ['unavailable-when-calm'],
    async patch() {
      if (process.env.TORTURE_INDEX === '0') return;
      const { Verdicts, undecidable } = await dist('verification/verdicts.js');
      Verdicts.prototype.leasedNow = () => null;
      Verdicts.prototype.of = () => {
        throw undecidable(new Error('sabotage'));
      };
    },
  },
  /** Each revocation takes several leases, as if verifiers were always frozen. */
  slow: {
    faults: [],
    finds: ['revocation-slow-when-calm'],
    async patch() {
      const { Barrier } = await dist('revocation/barrier.js');
      const { wait } = Barrier.prototype;
      const lateMs = Number(process.env.RESCIND_LEASE_MS) * 6;
      Barrier.prototype.wait = function (transaction) {
        return new Promise((resolve) => setTimeout(resolve, lateMs)).then(() => wait.call(this, transaction));
      };
    },
  },
  /** One verifier is not looked at. */
  receipt: {
    faults: ['freeze'],
    finds: ['receipt-omits-a-verifier'],
    async patch() {
      const { Registry } = await dist('revocation/registry.js');
      const { read } = Registry.prototype;
      Registry.prototype.read = async function (...given) {
        const reading = await read.apply(this, given);
        return { ...reading, registered: reading.registered - 1, lacking: reading.lacking.slice(1) };
      };
    },
  },
  /** Verifiers that were waited out are said to have acknowledged. */
  acknowledgement: {
    faults: ['freeze'],
    finds: ['receipt-claims-an-acknowledgement'],
    async patch() {
      const { BarrierEntry } = await dist('revocation/barrier-entry.js');
      BarrierEntry.prototype.countWaitedOut = () => undefined;
    },
  },
  /** Each process counts uses by itself. */
  uses: {
    faults: [],
    finds: ['used-too-often'],
    async patch() {
      const { VerdictsRepository } = await dist('verification/verdicts.repository.js');
      const used = new Set();
      VerdictsRepository.prototype.claimUse = async ({ id }) => !used.has(id) && used.add(id).has(id);
    },
  },
  /** What changes of an owner is not forgotten. */
  role: {
    faults: [],
    finds: ['active-while-demoted'],
    async patch() {
      const { VerdictMemory } = await dist('verification/verdict-memory.js');
      const { forget } = VerdictMemory.prototype;
      VerdictMemory.prototype.forget = function (entries) {
        forget.call(
          this,
          entries.filter(({ kind }) => kind !== 'owner'),
        );
      };
    },
  },
  /** Trusted addresses are those that a token was first seen with. */
  addresses: {
    faults: [],
    finds: ['active-while-bound'],
    async patch() {
      const { VerdictMemory } = await dist('verification/verdict-memory.js');
      const { keep } = VerdictMemory.prototype;
      const first = new Map();
      VerdictMemory.prototype.keep = function (publicId, found) {
        if (found === 'unknown') return keep.call(this, publicId, found);
        if (!first.has(publicId)) first.set(publicId, found.trustedIps);
        keep.call(this, publicId, { ...found, trustedIps: first.get(publicId) });
      };
    },
  },
  /** What had to make room is kept elsewhere, where nothing is forgotten. */
  lru: {
    profile: { smallMemory: true },
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { VerdictMemory } = await dist('verification/verdict-memory.js');
      const { keep, recall } = VerdictMemory.prototype;
      const elsewhere = new Map();
      VerdictMemory.prototype.keep = function (publicId, found) {
        const [oldest] = this.good.size === this.good.max ? this.good.rentries() : [];
        if (oldest !== undefined) elsewhere.set(oldest[0], oldest[1]);
        keep.call(this, publicId, found);
      };
      VerdictMemory.prototype.recall = function (publicId) {
        return recall.call(this, publicId) ?? elsewhere.get(publicId);
      };
    },
  },
  /** Introspection remembers its own answers. */
  introspection: {
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { IntrospectShortcut } = await dist('oauth/introspect-shortcut.js');
      remember(IntrospectShortcut.prototype, 'answer', (_, body) => body);
    },
  },
  /** So does the gateway. */
  gateway: {
    faults: [],
    finds: ['active-after-refusal'],
    async patch() {
      const { AuthorizationService } = await dist('gateway/authorization.service.js');
      remember(
        AuthorizationService.prototype,
        'authorize',
        ({ url, headers }) => url + headers.authorization,
      );
    },
  },
};

const NOTHING_WAITED_FOR = {
  verifiers_registered: 0,
  verifiers_acknowledged: 0,
  verifiers_waited_out: 0,
  duration_ms: 0,
};
const REMEMBERED_MS = 3000;

const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);

async function leaseForEver() {
  const { Lease } = await dist('revocation/lease.js');
  const { holdsAt } = Lease.prototype;
  Lease.prototype.holdsAt = function (nowMs) {
    return (this.heldOnce ||= holdsAt.call(this, nowMs));
  };
}

/** Good answers that came at once are given again for a while. */
function remember(prototype, method, keyOf) {
  const answers = new Map();
  const original = prototype[method];
  prototype[method] = function (...given) {
    const key = keyOf(...given);
    const known = answers.get(key);
    if (known !== undefined && performance.now() < known.untilMs) return known.answer;
    const answer = original.apply(this, given);
    if (answer !== null && !(answer instanceof Promise))
      answers.set(key, { answer, untilMs: performance.now() + REMEMBERED_MS });
    return answer;
  };
}

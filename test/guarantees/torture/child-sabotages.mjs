// @ts-check
import { dist, leaseForEver, replace, verifierPackage } from './patches.mjs';

/** Those of the protocol between servers and client verifiers (sabotages.mjs). */
export const CHILD_SABOTAGES = {
  /** A server confirms what its client verifiers have not forgotten. */
  'children-unawaited': {
    profile: { children: 3 },
    faults: ['stream-slow'],
    finds: ['active-after-refusal'],
    async patch() {
      const { ClientVerifiers } = await dist('lease/client-verifiers/client-verifiers.js');
      replace(ClientVerifiers, 'confirmed', () => (read) => read);
    },
  },
  /** Whoever finds done what they ask for waits for their own transaction alone, which no client verifier has to forget. */
  'children-found-done': {
    profile: { children: 3 },
    faults: ['stream-slow'],
    changes: ['twice'],
    // Both revocations have to come within a sub-lease.
    leaseMs: 2000,
    finds: ['active-after-refusal'],
    async patch() {
      const { Barrier } = await dist('lease/barrier.js');
      replace(
        Barrier,
        'waitForAllOf',
        () =>
          function (_, transaction) {
            return this.wait(transaction);
          },
      );
    },
  },
  /** A client verifier answers from memory after its sub-lease has ended. */
  'child-lease': {
    profile: { children: 3 },
    faults: ['stream-half-open', 'stream-stuck', 'child-freeze', 'child-stall'],
    finds: ['active-after-refusal'],
    patchChild: async () => leaseForEver(await verifierPackage('lease.js')),
  },
  /** A client verifier trusts its monotonic clock alone. */
  'child-wall-witness': {
    profile: { children: 3 },
    faults: ['child-sleep'],
    finds: ['active-after-refusal'],
    async patchChild() {
      const { Lease } = await verifierPackage('lease.js');
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
  /** Sub-leases are as long as a lease, whatever is left of the server's own. */
  'sub-lease': {
    profile: { children: 3 },
    faults: ['black-hole'],
    finds: ['active-after-refusal'],
    async patch() {
      const { ClientVerifiers } = await dist('lease/client-verifiers/client-verifiers.js');
      const endless = { remainingAt: () => Infinity };
      replace(
        ClientVerifiers,
        'grant',
        (grant) =>
          function (child) {
            return grant.call(this, child, endless);
          },
      );
    },
  },
};

import type { Search, Settings } from './spin.js';

export interface Configuration {
  name: string;
  settings: Settings;
  search: Search;
}

/** In each run of CI: every kind of fault, small enough to be searched in seconds. */
export const SMALL: Configuration[] = [
  exhaustively('2 servers, 2 revocations, crash', { SERVERS: 2, CHILDREN: 0, REVOCATIONS: 2, CRASHES: 1 }),
  exhaustively('2 servers × 1 child × 1 revocation, crash', sized(2, 1, 1, { CRASHES: 1, MOVES: 1 })),
  exhaustively('2 servers × 1 child × 1 revocation, restore', sized(2, 1, 1, { RESTORES: 1 })),
  exhaustively(
    '2 servers × 1 child × 1 revocation, synchronous promotion',
    sized(2, 1, 1, { PROMOTIONS: 1 }),
  ),
  exhaustively('2 servers × 1 child × 1 revocation, asynchronous promotion', sized(2, 1, 1, { LOSSES: 1 })),
  exhaustively('2 servers × 1 child × 1 revocation, kill', sized(2, 1, 1, { KILLS: 1 })),
  exhaustively('2 servers × a relay and its child × 1 revocation', sized(2, 2, 1, { RELAY: 1 })),
  exhaustively('1 server × 2 children × 2 revocations', sized(1, 2, 2)),
];

/** Each night. What is too large to be searched to its end is searched for eight minutes. */
export const LARGE: Configuration[] = [
  exhaustively('2 servers × 2 children × 2 revocations, crash', sized(2, 2, 2, { CRASHES: 1 })),
  exhaustively(
    '2 servers × 2 children × 1 revocation, synchronous promotion',
    sized(2, 2, 1, { PROMOTIONS: 1 }),
  ),
  exhaustively('3 servers × 2 revocations', sized(3, 0, 2)),
  partly('2 servers × 2 children × 2 revocations, synchronous promotion', sized(2, 2, 2, { PROMOTIONS: 1 })),
  partly(
    '3 servers × 2 children × 3 revocations, crash and promotion',
    sized(3, 2, 3, { CRASHES: 1, PROMOTIONS: 1 }),
  ),
];

function partly(name: string, settings: Settings): Configuration {
  return { name, settings, search: 'bitstate' };
}

function sized(servers: number, children: number, revocations: number, faults: Settings = {}): Settings {
  return { SERVERS: servers, CHILDREN: children, REVOCATIONS: revocations, ...faults };
}

function exhaustively(name: string, settings: Settings): Configuration {
  return { name, settings, search: 'exhaustive' };
}

/** The deliberate mistakes of `spec/lease.pml`, each with the smallest configuration in which it shows. */
export const MISTAKES: { mistake: string; settings: Settings }[] = [
  { mistake: 'DRIFT_LEFT_OUT', settings: sized(2, 1, 1) },
  { mistake: 'ACKNOWLEDGED_BEFORE_FORGETTING', settings: sized(2, 0, 1) },
  { mistake: 'EXPELLED_WITHOUT_WAITING', settings: sized(2, 0, 1) },
  { mistake: 'LONGER_LEASE_FORGOTTEN', settings: sized(2, 0, 1, { RESTORES: 1 }) },
  { mistake: 'ID_OF_ANOTHER_RUN_BELIEVED', settings: sized(2, 0, 1, { CRASHES: 1 }) },
  { mistake: 'REPEAT_ANSWERED_AT_ONCE', settings: sized(2, 0, 1) },
  { mistake: 'SNAPSHOT_REPLACED_BY_IDS', settings: sized(2, 0, 2) },
  { mistake: 'LATE_COMMIT_NOT_WAITED_FOR', settings: sized(2, 0, 2) },
  { mistake: 'CHILD_GRANTED_MORE', settings: sized(2, 1, 1) },
  { mistake: 'EXPELLED_GOES_ON', settings: sized(2, 0, 1) },
  { mistake: 'OLD_LEASE_TAKEN_OVER', settings: sized(2, 1, 1, { KILLS: 1 }) },
  { mistake: 'ASYNCHRONOUS_STANDBY_BELIEVED', settings: sized(2, 0, 1, { LOSSES: 1 }) },
  { mistake: 'LEASE_COUNTED_FROM_ANSWER', settings: sized(2, 0, 1) },
  { mistake: 'CHILDREN_NOT_WAITED_FOR', settings: sized(2, 1, 1) },
  { mistake: 'GRANT_OVERTAKES_EVICTION', settings: sized(2, 1, 1) },
  { mistake: 'REGISTERED_BESIDE_SUB_LEASES', settings: sized(2, 1, 1, { CRASHES: 1 }) },
  { mistake: 'CUT_OFF_PRIMARY_RENEWS', settings: sized(2, 0, 1, { PROMOTIONS: 1 }) },
  { mistake: 'CUT_OFF_PRIMARY_READ_WITHOUT_LEASE', settings: sized(2, 0, 1, { PROMOTIONS: 1 }) },
  { mistake: 'LOOK_UP_NOT_CANCELLED', settings: sized(2, 0, 1) },
  { mistake: 'RELAY_ACKNOWLEDGES_FOR_ITS_CHILDREN', settings: sized(2, 2, 1, { RELAY: 1 }) },
  { mistake: 'ENDED_LEASE_GIVEN_BACK', settings: sized(2, 0, 1) },
  { mistake: 'SUB_LEASES_OUTLAST_THE_ENDED_LEASE', settings: sized(2, 1, 1) },
];

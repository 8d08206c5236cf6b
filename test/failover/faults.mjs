// @ts-check
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from './patroni-cluster.mjs';

/** As deploy/patroni/patroni.yml has it. */
export const TTL_MS = 20_000;
const ETCD_LOST_MS = 12_000;
const TAKEN_MS_MAX = 60_000;

/**
 * What befalls the cluster: what is done to the leader, and how that is undone once there is another one. Nothing is done to
 * Rescind.
 * @type {Record<string, {isFailover: boolean, begin: (cluster: any, leader: any) => Promise<void>, end: (cluster: any, leader: any) => Promise<void>}>}
 */
export const FAULTS = {
  /** PostgreSQL alone would be started again by its Patroni. */
  killed: {
    isFailover: true,
    begin: async (_, leader) => leader.signal('SIGKILL'),
    end: async (_, leader) => leader.start(),
  },
  'switched over': {
    isFailover: true,
    begin: async (cluster, leader) => {
      const standby = (await cluster.states()).find(({ role }) => role === 'sync_standby');
      await cluster.switchOver(leader, standby.name);
    },
    end: async () => undefined,
  },
  /** It comes back believing that it is the leader. */
  frozen: {
    isFailover: true,
    begin: async (_, leader) => leader.signal('SIGSTOP'),
    end: async (_, leader) => leader.signal('SIGCONT'),
  },
  'cut off': {
    isFailover: true,
    begin: async (_, leader) => leader.cut(),
    end: async (_, leader) => leader.mend(),
  },
  'etcd lost': {
    isFailover: false,
    begin: async (cluster) => {
      cluster.signalEtcd('SIGSTOP');
      await sleep(ETCD_LOST_MS);
    },
    end: async (cluster) => cluster.signalEtcd('SIGCONT'),
  },
};

/** In CI: each of them, and one failover more. */
export const SHORT = ['killed', 'switched over', 'frozen', 'etcd lost', 'cut off', 'switched over'];

/** 24 failovers, and etcd lost twice. */
export const LONG = [
  ...Array.from({ length: 6 }, () => ['killed', 'switched over', 'frozen', 'cut off']).flat(),
  'etcd lost',
  'etcd lost',
];

/**
 * One of them, from the good state to the good state.
 * @returns {Promise<{name: string, fromMs: number, throughMs: number, untilMs: number}>} when it began, when HAProxy first let a
 * connection through to another primary (where none was to take over: when it ended), when all was well
 */
export async function inflict(name, cluster) {
  const { begin, end, isFailover } = FAULTS[name];
  const leader = await until('a leader', () => cluster.leader());
  const fromMs = performance.now();
  let throughMs = 0;
  let isOver = false;
  const watch = async () => {
    while (!isOver) {
      // Each attempt by itself: one that hangs keeps no other waiting.
      void cluster.leads().then((port) => {
        if (throughMs === 0 && port > 0 && port !== leader.port) throughMs = performance.now();
      });
      await sleep(50);
    }
  };
  const watching = isFailover ? watch() : Promise.resolve();
  try {
    await begin(cluster, leader);
    if (isFailover) await until('another primary', () => throughMs > 0, TAKEN_MS_MAX);
    else throughMs = performance.now();
  } finally {
    isOver = true;
    await watching;
    await end(cluster, leader);
  }
  await cluster.isWhole();
  return { name, fromMs, throughMs, untilMs: performance.now() };
}

import { cpus } from 'node:os';
import { performance, type EventLoopUtilization } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';

/** From here on others may be waiting for a processor. */
const BUSY_FROM = 0.85;
/** From here on marking rests as long as it may. */
const BUSY = 0.95;
/** A rest as a multiple of the work before it: marking always gets two fifths of the time, and so comes to its end. */
const REST_MAX = 1.5;
/** A step may have taken long because it waited: that is no work to rest from. */
const REST_MS_MAX = 250;
/** Shorter ones say little: the system counts in hundredths of a second. */
const LOOK_EVERY_MS = 250;

/** What the machine and this process have done so far. */
interface Reading {
  atMs: number;
  /** Of all processors together. */
  workedMs: number;
  idleMs: number;
  eventLoop: EventLoopUtilization;
}

/**
 * How busy the machine is with whatever runs on it, or the event loop of this process if that is busier: from 0 to 1, as an
 * average since at least {@link LOOK_EVERY_MS}. Of other machines, also that of the database, it knows nothing.
 */
export function busyShare(before: Reading, after: Reading, { utilization }: EventLoopUtilization): number {
  const workedMs = after.workedMs - before.workedMs;
  const allMs = workedMs + after.idleMs - before.idleMs;
  // Where the system does not tell, the times stand still.
  return Math.max(allMs > 0 ? workedMs / allMs : 0, utilization);
}

/** How long to rest after work that took so long, on a machine that is so busy. */
export function restMs(workedMs: number, busy: number): number {
  const pressure = Math.min(1, Math.max(0, (busy - BUSY_FROM) / (BUSY - BUSY_FROM)));
  return Math.min(REST_MS_MAX, workedMs * REST_MAX * pressure);
}

/**
 * Has marking rest on a busy machine, so that verification keeps its rate: marking is only for the record, and what it marks
 * is refused already. On a machine that is not busy there is no rest.
 */
@Injectable()
export class MarkingPace {
  private last = reading();
  private busy = 0;

  /** Resolves when the next step may begin. @param workedMs how long the last one took */
  async rest(workedMs: number): Promise<void> {
    if (performance.now() - this.last.atMs >= LOOK_EVERY_MS) this.look();
    const restedMs = restMs(workedMs, this.busy);
    if (restedMs > 0) await sleep(restedMs);
  }

  private look(): void {
    const now = reading();
    const eventLoop = performance.eventLoopUtilization(now.eventLoop, this.last.eventLoop);
    this.busy = busyShare(this.last, now, eventLoop);
    this.last = now;
  }
}

function reading(): Reading {
  let workedMs = 0;
  let idleMs = 0;
  for (const { times } of cpus()) {
    workedMs += times.user + times.nice + times.sys + times.irq;
    idleMs += times.idle;
  }
  return { atMs: performance.now(), workedMs, idleMs, eventLoop: performance.eventLoopUtilization() };
}

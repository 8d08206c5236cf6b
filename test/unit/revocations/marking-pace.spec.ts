import { busyShare, MarkingPace, restMs } from '../../../src/revocations/cut-offs/marking-pace.js';

const eventLoop = (utilization: number) => ({ utilization, active: 0, idle: 0 });
const reading = (workedMs: number, idleMs: number) => ({
  atMs: 0,
  workedMs,
  idleMs,
  eventLoop: eventLoop(0),
});

describe('the pace of marking', () => {
  it('has no rest on a machine that has processors to spare', () => {
    for (const busy of [0, 0.3, 0.7, 0.85]) expect(restMs(100, busy)).toBe(0);
  });

  it('leaves others three fifths of the time on one that has none', () => {
    for (const workedMs of [1, 40, 100]) {
      const rested = restMs(workedMs, 1);
      expect(rested / (rested + workedMs)).toBeCloseTo(0.6);
    }
  });

  it('rests longer the busier the machine is', () => {
    const rests = [0.86, 0.88, 0.9, 0.92, 0.94].map((busy) => restMs(100, busy));
    expect(rests).toEqual([...rests].sort((a, b) => a - b));
    expect(new Set(rests).size).toBe(rests.length);
  });

  it('never rests for so long that the lock of the marking is lost', () => {
    expect(restMs(60_000, 1)).toBeLessThan(500);
  });

  it('is that of what is busier: all processors together, or the event loop of this process', () => {
    expect(busyShare(reading(100, 100), reading(400, 200), eventLoop(0.2))).toBeCloseTo(0.75);
    expect(busyShare(reading(100, 100), reading(400, 200), eventLoop(0.9))).toBeCloseTo(0.9);
  });

  it('is that of the event loop where the system does not tell what the processors do', () => {
    expect(busyShare(reading(0, 0), reading(0, 0), eventLoop(0.4))).toBe(0.4);
    expect(busyShare(reading(5, 5), reading(5, 5), eventLoop(0.4))).toBe(0.4);
  });

  it('rests while something else holds the event loop of this process', async () => {
    const pace = new MarkingPace();
    const hold = (ms: number): void => {
      for (const untilMs = performance.now() + ms; performance.now() < untilMs;);
    };
    hold(300);
    const beganMs = performance.now();
    await pace.rest(100);
    // A rest of 150 ms, which a timer may end a millisecond early.
    expect(performance.now() - beganMs).toBeGreaterThan(145);
  });
});

import { Follower } from '../../../src/audit/reading/log-watch.js';
import type { StoredEvent } from '../../../src/audit/trail/stored-event.js';

const rows = (count: number): StoredEvent[] => Array.from({ length: count }, () => ({}) as StoredEvent);
const never = new AbortController().signal;

describe('somebody who follows all logs', () => {
  it('gets what has come, in its order, and nothing when nothing has', async () => {
    const follower = new Follower();
    const [first, second] = [rows(1), rows(2)];
    follower.offer(first);
    follower.offer(second);
    expect(await follower.next(1, never)).toBe(first);
    expect(await follower.next(1, never)).toBe(second);
    expect(await follower.next(1, never)).toBeNull();
    const waiting = follower.next(60_000, never);
    follower.offer(first);
    expect(await waiting).toBe(first);
  });

  it('is given up, in bounded memory, when it does not take what comes', async () => {
    const follower = new Follower();
    for (let number = 0; number < 200; number += 1) follower.offer(rows(50));
    expect(follower.isTooSlow).toBe(true);
    expect(await follower.next(60_000, never)).toBeNull();
  });

  it('ends at once when it is told to', async () => {
    const end = new AbortController();
    const waiting = new Follower().next(60_000, end.signal);
    end.abort();
    expect(await waiting).toBeNull();
  });
});

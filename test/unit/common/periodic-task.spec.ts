import { once } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { PeriodicTask } from '../../../src/common/periodic-task.js';

describe('a periodic task', () => {
  let task: PeriodicTask;
  afterEach(() => task.stop());

  it('goes on after a round that failed', async () => {
    const rounds = new EventTarget();
    let count = 0;
    task = new PeriodicTask(() => {
      if (++count === 3) rounds.dispatchEvent(new Event('third'));
      return Promise.reject(new Error('of no consequence'));
    }, 1);
    const third = once(rounds, 'third');
    task.start();
    await third;
  });

  it('is not begun again while a round is under way', async () => {
    const rounds = new EventTarget();
    let underWay = 0;
    const overlapping: number[] = [];
    task = new PeriodicTask(async () => {
      underWay++;
      await new Promise(setImmediate);
      overlapping.push(underWay--);
      if (overlapping.length === 5) rounds.dispatchEvent(new Event('fifth'));
    }, 0);
    const fifth = once(rounds, 'fifth');
    task.start();
    await fifth;
    expect(overlapping.slice(0, 5)).toEqual([1, 1, 1, 1, 1]);
  });

  it('begins at once when it is hurried, though never twice at once, nor before it is started, nor once it is stopped', async () => {
    const rounds = new EventTarget();
    const underWay: number[] = [];
    let now = 0;
    task = new PeriodicTask(async () => {
      underWay.push(++now);
      task.hurry();
      await new Promise(setImmediate);
      now--;
      rounds.dispatchEvent(new Event('ended'));
    }, 3_600_000);
    const hurried = async (): Promise<void> => {
      const ended = once(rounds, 'ended');
      task.hurry();
      await ended;
      await new Promise(setImmediate);
    };
    /** Behind all timers that were set for as soon. */
    const timers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1));
    task.hurry();
    await timers();
    expect(underWay).toEqual([]);
    task.start();
    await hurried();
    await hurried();
    await task.stop();
    task.hurry();
    await timers();
    expect(underWay).toEqual([1, 1]);
  });

  it('has ended its round, which was told so, when it is stopped', async () => {
    const rounds = new EventTarget();
    let ended = 0;
    task = new PeriodicTask(async (stopped) => {
      rounds.dispatchEvent(new Event('begun'));
      await once(stopped, 'abort');
      ended++;
    }, 1);
    const begun = once(rounds, 'begun');
    task.start();
    await begun;
    await task.stop();
    expect(ended).toBe(1);
  });

  it('says of each round that failed what it was told to, and nothing of what has to stay unsaid', async () => {
    const said: unknown[][] = [];
    const logger = new Logger();
    logger.warn = (...words: unknown[]) => void said.push(words);
    const failed = Object.assign(new Error('no'), { parameters: ['a digest'] });
    task = new PeriodicTask(() => Promise.reject(failed), 1000, { logger, message: 'It is tried again.' });
    await task.finish();
    expect(said).toEqual([[expect.anything(), 'It is tried again.']]);
    expect(JSON.stringify(said)).not.toContain('digest');
  });

  it('finishes with a round that is not stopped, whether it was begun or not', async () => {
    const stopped: boolean[] = [];
    task = new PeriodicTask((signal) => Promise.resolve(void stopped.push(signal.aborted)), 60_000);
    task.start();
    await task.finish();
    expect(stopped).toEqual([false]);
  });
});

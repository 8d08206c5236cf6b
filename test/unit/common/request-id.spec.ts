import { newRequestId } from '../../../src/common/request-id.js';

const COUNT = 100_000;

describe('the ids of requests', () => {
  const ids = Array.from({ length: COUNT }, newRequestId);

  it('are UUIDs of version 8, and none is given out twice', () => {
    for (const id of ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(new Set(ids).size).toBe(COUNT);
  });

  it('do not tell how many requests came between two of them', () => {
    const numbers = ids.map((id) => parseInt(id.slice(-12), 16));
    const steps = new Map<number, number>();
    let rising = 0;
    for (let index = 1; index < COUNT; index++) {
      const step = (numbers[index] as number) - (numbers[index - 1] as number);
      if (step > 0) rising++;
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    expect(Math.max(...steps.values())).toBeLessThan(5);
    expect(rising / COUNT).toBeGreaterThan(0.48);
    expect(rising / COUNT).toBeLessThan(0.52);
  });
});

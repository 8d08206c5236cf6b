// @ts-check
/** Mulberry32: small, fast and the same everywhere, so that a seed names a run. */
export function seededRandom(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
  const between = (min, max) => min + next() * (max - min);
  const whole = (count) => Math.floor(next() * count);
  const pick = (list) => list[whole(list.length)];
  /** One of `{value: weight}`. */
  const weighted = (weights) => {
    const entries = Object.entries(weights);
    let left = next() * entries.reduce((sum, [, weight]) => sum + weight, 0);
    return (entries.find(([, weight]) => (left -= weight) < 0) ?? entries[0])[0];
  };
  return { next, between, whole, pick, weighted };
}

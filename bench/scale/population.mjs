// @ts-check
import { uuidAt } from '../lib/mint.mjs';

const DAY_MS = 86_400_000;

/**
 * Who there is: businesses with one owner each, and how many tokens and events each has. Skewed like customers
 * are: the share of business number n falls with n^-0.8, and each has at least one.
 */
export function makePopulation(count) {
  const start = Date.now() - 30 * DAY_MS;
  const weights = Array.from({ length: count }, (_, index) => (index + 1) ** -0.8);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const businesses = weights.map((weight, index) => ({
    id: uuidAt(start + index),
    member: uuidAt(start + index),
    email: `owner-${index}@example.com`,
    name: `Business ${index}`,
    share: weight / whole,
    tokens: 0,
    events: 0,
  }));
  return { businesses, start };
}

/** How much of `wanted` in all each business still lacks of `kind`. */
export function* missing(businesses, kind, wanted) {
  let left = wanted - businesses.reduce((sum, business) => sum + business[kind], 0);
  for (const [index, business] of businesses.entries()) {
    if (left <= 0) return;
    const due =
      index === businesses.length - 1
        ? left
        : Math.max(1, Math.round(business.share * wanted)) - business[kind];
    const more = Math.min(left, Math.max(0, due));
    left -= more;
    if (more > 0) yield { business, more };
  }
}

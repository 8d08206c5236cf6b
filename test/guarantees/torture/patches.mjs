// @ts-check
/** Ways to take something away from the product (sabotages.mjs). */
const REMEMBERED_MS = 3000;

/** What is built of `src/`, and of the package for client verifiers: the very modules that a process runs. */
export const dist = (path) => import(new URL(`../../../dist/${path}`, import.meta.url).href);

export const verifierPackage = (path) =>
  import(new URL(`../../../packages/verifier/dist/esm/${path}`, import.meta.url).href);

/** @throws Error when there is nothing of that name: what takes nothing away would prove nothing */
export function replace({ name, prototype }, method, by) {
  const original = prototype[method];
  if (typeof original !== 'function') throw new Error(`${name} has no ${method} to sabotage`);
  prototype[method] = by(original);
}

/** A lease, once held, never ends: of a server, or of a client verifier. */
export function leaseForEver({ Lease }) {
  replace(
    Lease,
    'holdsAt',
    (holdsAt) =>
      function (nowMs) {
        return (this.heldOnce ||= holdsAt.call(this, nowMs));
      },
  );
}

/** Good answers that came at once are given again for a while. */
export function remember(of, method, keyOf) {
  const answers = new Map();
  replace(
    of,
    method,
    (original) =>
      function (...given) {
        const key = keyOf(...given);
        const known = answers.get(key);
        if (known !== undefined && performance.now() < known.untilMs) return known.answer;
        const answer = original.apply(this, given);
        if (answer !== null && !(answer instanceof Promise))
          answers.set(key, { answer, untilMs: performance.now() + REMEMBERED_MS });
        return answer;
      },
  );
}

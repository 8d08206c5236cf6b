import 'reflect-metadata';

const IGNORES_UNKNOWN = 'rescind:ignores_unknown';

/**
 * Marks an input of which unknown members are dropped, not refused: for dialects whose original does so and whose
 * clients may send more than Rescind reads.
 */
export function IgnoresUnknown(): ClassDecorator {
  return (target) => Reflect.defineMetadata(IGNORES_UNKNOWN, true, target);
}

export function ignoresUnknown(metatype: unknown): boolean {
  return typeof metatype === 'function' && Reflect.hasMetadata(IGNORES_UNKNOWN, metatype);
}

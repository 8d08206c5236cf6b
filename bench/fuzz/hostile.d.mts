export const CONTENT_TYPES: string[];
export const HOSTILE_BODIES: string[];
export const HOSTILE_BUSINESSES: string[];
export const HOSTILE_CREDENTIALS: string[];
export const HOSTILE_QUERIES: string[];
export const HOSTILE_SEGMENTS: string[];
export const HOSTILE_TEXTS: string[];
export const HOSTILE_VALUES: unknown[];

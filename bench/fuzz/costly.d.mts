export const COSTLY_JSON: Record<string, string>;
export const COSTLY_FORMS: Record<string, string>;
export const COSTLY_QUERIES: Record<string, string>;
export const COSTLY_HEADERS: Record<string, Record<string, string>>;

const BYTES_MAX = 4096;

/**
 * What was typed as metadata.
 * @returns the object; null: nothing was typed; a text: what is wrong with it
 */
export function metadataFrom(text: string): Record<string, unknown> | null | string {
  if (text.trim() === '') return null;
  if (new TextEncoder().encode(text).length > BYTES_MAX) return `Up to ${BYTES_MAX} bytes`;
  try {
    const value: unknown = JSON.parse(text);
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    return isObject ? (value as Record<string, unknown>) : 'A JSON object: {"customer": "4711"}';
  } catch {
    return 'This is not JSON yet: {"customer": "4711"}';
  }
}

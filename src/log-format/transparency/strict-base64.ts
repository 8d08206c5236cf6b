/**
 * Decodes standard base64 (RFC 4648 §4) that is written in the one canonical way; null for anything else, so
 * that no two texts mean the same bytes.
 */
export function decodeBase64(text: string, bytes?: number): Buffer | null {
  const decoded = Buffer.from(text, 'base64');
  if (decoded.toString('base64') !== text) return null;
  return bytes === undefined || decoded.length === bytes ? decoded : null;
}

/**
 * The JSON object `json` with one more member, `metadata`.
 * @param json text of an object that has members
 * @param metadata JSON text that is sent as it is: it is neither parsed nor serialised again for each answer
 */
export function withMetadata(json: string, metadata: string | null): string {
  return `${json.slice(0, -1)},"metadata":${metadata ?? 'null'}}`;
}

import type { Api } from '../../support/api.js';

export interface NamedToken {
  id: string;
  secret: string;
  person: string;
}

/** A platform token that was issued to `person`. */
export async function createdPlatformToken(api: Api, person: string): Promise<NamedToken> {
  const { status, body } = await api.post('/api/v1/admin/tokens', { name: 'of a person', issued_to: person });
  if (status !== 201) throw new Error(`no platform token: ${status}`);
  return { id: body.token_info.id as string, secret: body.token as string, person };
}

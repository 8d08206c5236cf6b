import { connectionFound, connectionLost } from './connection';
import { ApiError, apiErrorFrom } from './errors';
import { fetchOrTake } from './first-reads';
import { createClient, createConfig, type Client } from './generated/client';
import { holdsSecret, SECRET_TYPED } from './secrets';
import { endOfSession, isStillOurs, noteCall } from './signed-in';

const clients = new Map<string | null, Client>();

/**
 * The client of the API that acts in one business, or on the platform (null). Hand it to the generated calls:
 * `listTokens({ client, query })`. Every error that they throw is an `ApiError`, except that of an aborted call.
 */
export function clientOf(businessId: string | null): Client {
  let client = clients.get(businessId);
  if (client === undefined) clients.set(businessId, (client = newClient(businessId)));
  return client;
}

function newClient(businessId: string | null): Client {
  const headers = businessId === null ? {} : { 'x-business-id': businessId };
  const client = createClient(
    createConfig({ baseUrl: '', headers, throwOnError: true, cache: 'no-store', fetch: fetchOrTake }),
  );
  client.interceptors.request.use(async (request) => {
    if (holdsSecret(decodeURIComponent(request.url)))
      throw new ApiError(422, 'secret.in_address', SECRET_TYPED);
    if (request.method !== 'GET' && !(await isStillOurs()))
      throw new ApiError(401, 'session.other', 'Somebody else is signed in by now. Nothing was changed.');
    return request;
  });
  client.interceptors.response.use((response) => {
    connectionFound();
    noteCall();
    if (response.status === 401) endOfSession.set('expired');
    return response;
  });
  client.interceptors.error.use((error, response) => {
    const told = apiErrorFrom(error, response);
    if (told instanceof ApiError && told.isConnectionLost) connectionLost();
    return told;
  });
  return client;
}

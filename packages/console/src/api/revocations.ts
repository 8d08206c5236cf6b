import type { Client } from './generated/client';
import {
  declinePlatformRevocation,
  declineRevocation,
  getPlatformRevocation,
  getRevocation,
  listPlatformRevocations,
  listRevocations,
  listRevokedTokens,
  listTokensOfPlatformRevocation,
  revokeTokens,
  revokeTokensOfPlatform,
} from './generated/sdk.gen';
import type {
  RevocationDto,
  RevocationPageDto,
  RevocationPreviewDto,
  RevocationWithReceiptDto,
  RevokeTokensDto,
  RevokeTokensOfPlatformDto,
  TokenPageDto,
} from './generated/types.gen';
import type { PageRequest } from './use-pages';

/** Revocations of many tokens: of a business, or of the platform (null), which are two parts of the API. */
export interface Revocations {
  /** Where one is asked for. */
  url: string;
  list: (request: PageRequest) => Promise<RevocationPageDto>;
  get: (id: string, signal: AbortSignal) => Promise<RevocationWithReceiptDto>;
  tokens: (id: string, request: PageRequest) => Promise<TokenPageDto>;
  preview: (terms: RevocationTerms) => Promise<RevocationPreviewDto>;
  decline: (id: string, reason: string) => Promise<RevocationDto>;
}

/** What is to be revoked, and why. */
export interface RevocationTerms {
  selector: object;
  reason: string;
  issued_before?: string;
}

export function revocationsOf(client: Client, businessId: string | null): Revocations {
  return businessId === null ? ofPlatform(client) : ofBusiness(client);
}

/** The screens of revocations, below /console: the list, the one with an id, or `new`. */
export function revocationsPath(businessId: string | null, which?: string): string {
  const list = businessId === null ? '/platform/revocations' : `/b/${businessId}/revocations`;
  return which === undefined ? list : `${list}/${which}`;
}

function ofBusiness(client: Client): Revocations {
  return {
    url: '/api/v1/revocations',
    list: (request) => listRevocations({ client, ...request }),
    get: (id, signal) => getRevocation({ client, path: { revocation_id: id }, signal }),
    tokens: (id, request) => listRevokedTokens({ client, path: { revocation_id: id }, ...request }),
    preview: async (terms) =>
      previewIn(await revokeTokens({ client, body: { ...(terms as RevokeTokensDto), preview: true } })),
    decline: (id, reason) => declineRevocation({ client, path: { revocation_id: id }, body: { reason } }),
  };
}

function ofPlatform(client: Client): Revocations {
  return {
    url: '/api/v1/admin/revocations',
    list: (request) => listPlatformRevocations({ client, ...request }),
    get: (id, signal) => getPlatformRevocation({ client, path: { revocation_id: id }, signal }),
    tokens: (id, request) =>
      listTokensOfPlatformRevocation({ client, path: { revocation_id: id }, ...request }),
    preview: async (terms) =>
      previewIn(
        await revokeTokensOfPlatform({
          client,
          body: { ...(terms as RevokeTokensOfPlatformDto), preview: true },
        }),
      ),
    decline: (id, reason) =>
      declinePlatformRevocation({ client, path: { revocation_id: id }, body: { reason } }),
  };
}

function previewIn(answer: RevocationPreviewDto | RevocationWithReceiptDto): RevocationPreviewDto {
  if (!('preview' in answer)) throw new Error('A preview was asked for.');
  return answer;
}

import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createRemoteJWKSet, customFetch as joseFetch, type JWTVerifyGetKey } from 'jose';
import {
  allowInsecureRequests,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockTolerance,
  type Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
} from 'openid-client';
import { refusal } from '../../common/errors/domain-error.js';
import { httpConfig } from '../../config/http.config.js';
import { oidcConfig, type OidcProviderSettings } from '../../config/oidc.config.js';
import { isLoopback } from '../../config/listen-address.js';
import { SignInRefusal } from '../sign-in-refusal.js';

/** How long a provider may take for the whole of an answer. */
const ANSWER_MS_MAX = 5000;
const ANSWER_BYTES_MAX = 1024 * 1024;

/** How a provider is asked, whatever addresses its metadata name. */
type ProviderFetch = (address: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Within five seconds, for at most a megabyte, following no redirect, and unencrypted only on this machine and only where the issuer
 * itself is asked so: another one must not make us ask what listens here.
 * @throws Error when that cannot be
 */
function providerFetchOf(issuer: URL): ProviderFetch {
  const isOnThisMachine = issuer.protocol === 'http:';
  return (address, init) => fetchWithin(address, isOnThisMachine, init);
}

async function fetchWithin(
  address: string | URL,
  isOnThisMachine: boolean,
  init: RequestInit = {},
): Promise<Response> {
  const { protocol, hostname, username } = new URL(address);
  if (protocol !== 'https:' && !(isOnThisMachine && protocol === 'http:' && isLoopback(hostname)))
    throw new Error('an address of the provider is not https://');
  if (username !== '') throw new Error('an address of the provider holds credentials');
  const inTime = AbortSignal.timeout(ANSWER_MS_MAX);
  const { signal } = init;
  const answer = await fetch(address, {
    ...init,
    redirect: 'manual',
    signal: signal == null ? inTime : AbortSignal.any([inTime, signal]),
  });
  const { status, statusText, headers } = answer;
  const body = await bytesOf(answer);
  return new Response(body.length === 0 ? null : body, { status, statusText, headers });
}

async function bytesOf(answer: Response): Promise<Buffer<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer.body ?? []) {
    const bytes = chunk as Uint8Array;
    length += bytes.length;
    if (length > ANSWER_BYTES_MAX) throw new Error('the answer of the provider is too long');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** By how much the clocks of a provider and of this machine may differ. */
export const CLOCK_TOLERANCE_SECONDS = 30;
/** After which the metadata of a provider are fetched again, while the earlier ones go on being used. */
const METADATA_MS = 3_600_000;
/** A provider that cannot be reached is asked again no more often than this. */
const ASK_AGAIN_MS = 2000;
const PRIVATE_ALGORITHMS = /^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/;

/** What is known of a provider from its own metadata (OpenID Connect Discovery 1.0). */
export interface KnownProvider {
  configuration: Configuration;
  keys: JWTVerifyGetKey;
  /** What it may sign with: with keys that it publishes the other half of, never with nothing or a shared secret. */
  algorithms: string[];
}

/** An OpenID provider, as far as this process knows it. */
export class OidcProvider {
  private readonly logger = new Logger('SignIn');
  private known: KnownProvider | null = null;
  private fetchedAtMs = -Infinity;
  private failedAtMs = -Infinity;
  private asking: Promise<KnownProvider> | undefined;

  /** @param origin where this service is reached from outside */
  constructor(
    readonly settings: OidcProviderSettings,
    private readonly origin: string,
  ) {}

  /** Where the provider sends people back to: no other provider has the same. */
  get redirectUri(): string {
    return `${this.origin}/sign-in/oidc/${this.settings.id}/callback`;
  }

  /** Where the provider sends people whom it has signed out. */
  get signedOutUri(): string {
    return `${this.origin}/console/sign-in`;
  }

  /**
   * The metadata, at most an hour old where the provider can be reached.
   * @throws SignInRefusal `provider_unavailable` when none are known and none can be had
   */
  async ask(): Promise<KnownProvider> {
    const nowMs = performance.now();
    const isFresh = nowMs - this.fetchedAtMs < METADATA_MS;
    if (this.known !== null && isFresh) return this.known;
    if (this.asking === undefined && nowMs - this.failedAtMs < ASK_AGAIN_MS) {
      if (this.known !== null) return this.known;
      throw new SignInRefusal('provider_unavailable', 'metadata');
    }
    this.asking ??= this.fetch().finally(() => (this.asking = undefined));
    if (this.known === null) return this.asking;
    this.asking.catch(() => undefined);
    return this.known;
  }

  private async fetch(): Promise<KnownProvider> {
    try {
      this.known = await this.discover();
      this.fetchedAtMs = performance.now();
      return this.known;
    } catch (error) {
      this.failedAtMs = performance.now();
      this.logger.warn(
        `The metadata of the provider ${this.settings.id} cannot be fetched: ${causeOf(error)}.`,
      );
      throw new SignInRefusal('provider_unavailable', 'metadata', { cause: error });
    }
  }

  private async discover(): Promise<KnownProvider> {
    const { issuer, clientId, clientSecret } = this.settings;
    const url = new URL(issuer);
    const isOnThisMachine = url.protocol === 'http:';
    const ask = providerFetchOf(url);
    const options = {
      [customFetch]: ask,
      timeout: ANSWER_MS_MAX / 1000,

      execute: [enableNonRepudiationChecks, ...(isOnThisMachine ? [allowInsecureRequests] : [])],
    };
    const client = { [clockTolerance]: CLOCK_TOLERANCE_SECONDS };
    const found = await discovery(url, clientId, client, authentication(clientSecret), options);
    const metadata = found.serverMetadata();
    if (metadata.issuer !== issuer) throw new Error('it calls itself otherwise than RESCIND_OIDC_PROVIDERS');
    if (metadata.jwks_uri === undefined) throw new Error('it names no jwks_uri');
    const algorithms = (metadata.id_token_signing_alg_values_supported ?? ['RS256']).filter((each) =>
      PRIVATE_ALGORITHMS.test(each),
    );
    const keys = createRemoteJWKSet(new URL(metadata.jwks_uri), { [joseFetch]: ask });
    return { configuration: found, keys, algorithms };
  }
}

/** As the metadata say, HTTP Basic before a form (RFC 6749 §2.3.1); PKCE alone for a public client. */
function authentication(clientSecret: string | null): ClientAuth {
  if (clientSecret === null) return None();
  const [basic, post] = [ClientSecretBasic(clientSecret), ClientSecretPost(clientSecret)];
  return (server, client, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const isPost = methods.includes('client_secret_post') && !methods.includes('client_secret_basic');
    return (isPost ? post : basic)(server, client, body, headers);
  };
}

/** In words of the library's or ours, without what the provider has sent. */
function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const inner = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return error.message + inner;
}

/** The providers of RESCIND_OIDC_PROVIDERS. */
@Injectable()
export class OidcProviders {
  private readonly byId: ReadonlyMap<string, OidcProvider>;

  constructor(
    @Inject(oidcConfig.KEY) { providers }: ConfigType<typeof oidcConfig>,
    @Inject(httpConfig.KEY) { publicUrl }: ConfigType<typeof httpConfig>,
  ) {
    this.byId = new Map(providers.map((each) => [each.id, new OidcProvider(each, publicUrl ?? '')]));
  }

  /** @throws DomainError `route.not_found` */
  get(id: string): OidcProvider {
    const provider = this.byId.get(id);
    if (provider === undefined) throw refusal('route.not_found');
    return provider;
  }

  byIssuer(issuer: string): OidcProvider | undefined {
    return [...this.byId.values()].find(({ settings }) => settings.issuer === issuer);
  }
}

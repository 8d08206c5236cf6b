import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { apiToken, apiUrl } from '../../config/api-client.config.js';
import { ConfigError } from '../../config/environment.js';
import { refuseUnknownSettings } from '../../config/known-settings.js';
import { report } from '../report.js';
import type { FoundTokensDto } from '../../insight/finding/find-tokens.dto.js';
import type { RevocationPreviewDto } from '../../revocations/bulk/revocation-preview.dto.js';
import type { RevocationWithReceiptDto } from '../../revocations/bulk/revocation.dto.js';
import type { RevokeAnswerDto } from '../../revocations/revoked-token.dto.js';
import type { TokenPageDto } from '../../token-rows/dto/list-tokens.dto.js';
import {
  type CutOffRequest,
  EXIT_REFUSED,
  EXIT_UNCONFIRMED,
  EXIT_USAGE,
  type PlanRequest,
  Refused,
  SetChanged,
  type TokenAuthority,
} from './token-authority.js';

/** Longer than any wait of a revocation: with dead verifiers that is a lease term. */
const ANSWER_MS_MAX = 60_000;

interface Refusal {
  detail?: unknown;
  code?: unknown;
  tokens_planned?: unknown;
  tokens_now?: unknown;
}

/** A server, called over its API. */
class OverHttp implements TokenAuthority {
  constructor(
    private readonly url: string,
    private readonly secret: string,
    private readonly businessId: string | null,
  ) {}

  list(query: Record<string, string | number | boolean | readonly string[]>): Promise<TokenPageDto> {
    const pairs = Object.entries(query).flatMap(([name, value]) =>
      [value].flat().map((each): [string, string] => [name, String(each)]),
    );
    return this.ask('GET', `/api/v1/tokens?${new URLSearchParams(pairs).toString()}`);
  }

  find(input: { text: string } | { fragment: string }): Promise<FoundTokensDto> {
    return this.ask('POST', '/api/v1/tokens/find', input);
  }

  preview(request: CutOffRequest): Promise<RevocationPreviewDto> {
    return this.ask('POST', this.revocations, { ...request, preview: true });
  }

  revokeMany(request: CutOffRequest | PlanRequest): Promise<RevocationWithReceiptDto> {
    return this.ask('POST', this.revocations, request, true);
  }

  revokeToken(id: string, reason: string): Promise<RevokeAnswerDto> {
    return this.ask('POST', `/api/v1/tokens/${encodeURIComponent(id)}/revoke`, { reason }, true);
  }

  revocation(id: string): Promise<RevocationWithReceiptDto> {
    return this.ask('GET', `${this.revocations}/${encodeURIComponent(id)}`);
  }

  /** Without a business, the paths for all of them. */
  private get revocations(): string {
    return this.businessId === null ? '/api/v1/admin/revocations' : '/api/v1/revocations';
  }

  /** @param revokes whether the revocation may have been made although no answer arrived */
  private async ask<Answer>(method: string, path: string, body?: object, revokes = false): Promise<Answer> {
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.secret}`,
          accept: 'application/json',
          ...(this.businessId === null ? {} : { 'x-business-id': this.businessId }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A secret is sent only to the address that was given.
        redirect: 'error',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
      });
      text = await response.text();
    } catch (cause) {
      throw unanswered(this.url, revokes, cause);
    }
    const answer = parsed(text);
    if (response.ok && answer !== null) return answer as Answer;
    throw refused(response.status, answer, revokes);
  }
}

function unanswered(url: string, revokes: boolean, cause: unknown): Refused {
  const code = ((cause as Error).cause as NodeJS.ErrnoException | undefined)?.code;
  const neverSent = code === 'ECONNREFUSED' || code === 'ENOTFOUND';
  return new Refused(
    `${url} does not answer (${code ?? (cause as Error).name}). With no server up, --direct works on the database itself.`,
    revokes && !neverSent ? EXIT_UNCONFIRMED : EXIT_REFUSED,
  );
}

function refused(status: number, answer: Refusal | null, revokes: boolean): Refused {
  const { detail, code } = answer ?? {};
  const sentence = typeof detail === 'string' ? detail : issuesIn(detail);
  if (code === 'revocation.set_changed')
    return new SetChanged(sentence, Number(answer?.tokens_planned), Number(answer?.tokens_now));
  const isOpen = revokes && (code === 'revocation.unconfirmed' || status >= 500);
  return new Refused(
    `The server answered ${status}${sentence === '' ? '' : `: ${sentence}`}`,
    isOpen ? EXIT_UNCONFIRMED : EXIT_REFUSED,
  );
}

/** What is wrong with an input; its values are never included. */
function issuesIn(detail: unknown): string {
  if (!Array.isArray(detail)) return '';
  const issues = detail as { loc?: unknown[]; msg?: unknown }[];
  return issues.map(({ loc = [], msg }) => `${loc.join('.')}: ${String(msg)}`).join('; ');
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}

/** How a command connects to what it works on. */
export interface ConnectionOptions {
  business?: string;
  url?: string;
  credential?: string;
  direct: boolean;
  by?: string;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const PERSON = /^[^\p{Cc}]{1,320}$/u;

export function withConnection(command: Command): Command {
  return command
    .option('--business <id>', 'the business whose tokens are meant')
    .option('--url <address>', 'where the API is; else RESCIND_API_URL, or http://127.0.0.1:3000')
    .option(
      '--credential <@file>',
      'the secret of the token to call with, in a file, or - for standard input; else RESCIND_API_TOKEN',
    )
    .option(
      '--direct',
      'without a server: on the database that the settings of `serve` name, recorded as done by `system`',
      false,
    )
    .option('--by <person>', 'with --direct: who does it, for the log');
}

/** Runs `work`, and reports a refusal as one sentence and the exit code. */
export async function connected(
  options: ConnectionOptions,
  work: (authority: TokenAuthority) => Promise<void>,
): Promise<void> {
  // Before anything is asked: a mistyped address would be another server's.
  refuseUnknownSettings(report);
  await speaking(async () => {
    const { business = null, by = null } = options;
    if (business !== null && !UUID.test(business))
      throw new Refused('--business takes the id of a business.', EXIT_USAGE);
    const businessId = business?.toLowerCase() ?? null;
    if (options.direct) {
      if (by !== null && !PERSON.test(by)) throw new Refused('--by takes a name or an e-mail.', EXIT_USAGE);
      if (options.url !== undefined || options.credential !== undefined)
        throw new Refused('--direct asks no server: it takes neither --url nor --credential.', EXIT_USAGE);
      const { directly } = await import('./direct.js');
      return directly(businessId, by, work);
    }
    if (by !== null) throw new Refused('--by goes with --direct; a token says whose it is.', EXIT_USAGE);
    const secret =
      options.credential === '-' ? (await text(process.stdin)).trim() : apiToken(options.credential);
    if (secret === undefined || secret === '')
      throw new Refused(
        'There is no token to call with: set RESCIND_API_TOKEN, name a file with --credential @file, or use --direct.',
        EXIT_USAGE,
      );
    return work(new OverHttp(apiUrl(options.url), secret, businessId));
  });
}

async function speaking(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isUsage = error instanceof ConfigError && error.message.startsWith('--');
    if (!(error instanceof Refused) && !isUsage) throw error;
    process.stderr.write(`rescind: ${error.message}\n`);
    process.exitCode = error instanceof Refused ? error.exitCode : EXIT_USAGE;
    process.exitCode ||= EXIT_REFUSED;
  }
}

import { Injectable } from '@nestjs/common';
import type { Caller } from '../../auth/caller.js';
import { refusal } from '../../common/errors/domain-error.js';
import { DatabaseClock } from '../../lease/database-clock.js';
import { TokenInfoDto } from '../../token-rows/dto/token-info.dto.js';
import type { FindTokensDto, FoundTokensDto } from './find-tokens.dto.js';
import type { TokenSearch } from './recorded-searches.js';
import { TokenFindingService } from './token-finding.service.js';

const WAYS = ['secret', 'fragment', 'text'] as const satisfies TokenSearch['by'][];

/** Translates inputs and answers of the native dialect. */
@Injectable()
export class NativeFindingService {
  constructor(
    private readonly finding: TokenFindingService,
    private readonly clock: DatabaseClock,
  ) {}

  async find(caller: Caller, input: FindTokensDto): Promise<FoundTokensDto> {
    const [asked, ...others] = WAYS.flatMap((by) => {
      const text = input[by];
      return text === undefined || text === null ? [] : [{ by, text }];
    });
    if (asked === undefined || others.length > 0)
      throw refusal('input.invalid', {
        issues: [{ loc: ['body'], msg: `Name one of ${WAYS.join(', ')}`, type: 'value_error' }],
      });
    const found = await this.finding.find(caller, asked.by, asked.text);
    const nowMs = this.clock.nowMs();
    return {
      items: found.items.map(({ token, ...how }) => ({ ...how, token: TokenInfoDto.from(token, nowMs) })),
      strings_judged: found.stringsJudged,
      strings_unknown: found.stringsUnknown,
      strings_left: found.stringsLeft,
    };
  }
}

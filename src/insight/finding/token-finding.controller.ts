import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OnlyAsks } from '../../auth/settled-refusals.js';
import { CurrentCaller, type Caller } from '../../auth/caller.js';
import { Refusals } from '../../auth/route.decorator.js';
import { TakesOwnTurns } from '../../auth/takes-own-turns.decorator.js';
import { AnyBusinessRoute } from '../../auth/token-business-route.decorator.js';
import { FindTokensDto, FoundTokensDto } from './find-tokens.dto.js';
import { TokenFindingService } from './token-finding.service.js';

@ApiTags('tokens')
@Controller('api/v1/tokens')
export class TokenFindingController {
  constructor(private readonly finding: TokenFindingService) {}

  @Post('find')
  @OnlyAsks()
  @HttpCode(200)
  @AnyBusinessRoute('rescind:tokens:read')
  @TakesOwnTurns()
  @ApiOperation({
    operationId: 'findTokens',
    summary: 'Find tokens by a secret, a fragment, or a text that may hold some',
    description:
      'Among the tokens that the caller may read, in whatever state: revoked ones with who revoked them, when and why. Looking is no use of a token. What was sent is neither kept nor recorded; how much was looked for and found is (`token.searched`). Without `x-business-id` a token of a business looks in its own, and a platform token in all, and among the platform’s own tokens.',
  })
  @ApiOkResponse({ type: FoundTokensDto, description: 'What was found; nothing, too, is an answer.' })
  @Refusals(400, 401, 403, 413, 415, 422, 429, 500, 503)
  find(@CurrentCaller() caller: Caller, @Body() input: FindTokensDto): Promise<FoundTokensDto> {
    return this.finding.find(caller, input);
  }
}

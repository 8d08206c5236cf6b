import { Controller, Get } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentBusinessCaller, type BusinessCaller } from '../auth/caller.js';
import { UuidParam } from '../common/uuid.pipe.js';
import { ReceiptRoute } from '../revocations/receipts/receipt-route.decorator.js';
import { ReceiptsService } from './receipts.service.js';

@ApiTags('tokens')
@Controller('api/v1/tokens')
export class ReceiptsController {
  constructor(private readonly receipts: ReceiptsService) {}

  @Get(':token_id/receipt')
  @ReceiptRoute()
  @ApiOperation({
    operationId: 'getRevocationReceipt',
    summary: 'A signed receipt of a revocation',
    description:
      'A compact JWS (EdDSA; key in /.well-known/jwks.json) stating who revoked the token when and why, where that stands in the audit log, and that no verifier accepts it. 404 also while the token is not revoked.',
  })
  receipt(
    @CurrentBusinessCaller() caller: BusinessCaller,
    @UuidParam('token_id') tokenId: string,
  ): Promise<string> {
    return this.receipts.receipt(caller, tokenId);
  }
}

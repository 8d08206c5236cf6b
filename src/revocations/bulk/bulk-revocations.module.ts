import { Module } from '@nestjs/common';
import { AuthModule } from '../../auth/auth.module.js';
import { IdempotencyModule } from '../../idempotency/idempotency.module.js';
import { RevocationsModule } from '../revocations.module.js';
import { RevocationAllowances } from './allowances.repository.js';
import { BulkReceipts } from './bulk-receipts.service.js';
import { BulkRevocations } from './bulk-revocations.service.js';
import { NativeRevocationsService } from './native-revocations.service.js';
import { PlansRepository } from './plans.repository.js';
import { PlatformRevocationsController, RevocationsController } from './revocations.controller.js';
import { RevocationDeclining } from './revocation-declining.service.js';
import { RevocationExecution } from './revocation-execution.js';
import { RevocationLeftovers } from './revocation-leftovers.repository.js';
import { RevocationPreviews } from './revocation-previews.service.js';
import { RevocationRecordsRepository } from './revocation-records.repository.js';
import { RevocationRecords } from './revocation-records.service.js';
import { RevocationRequestsRepository } from './revocation-requests.repository.js';
import { RevocationTermsService } from './revocation-terms.js';
import { SelectionMarking } from './selection-marking.js';
import { SurveysRepository } from './surveys.repository.js';

/** Many tokens at once: previews, plans, a second person, and the marking of a set. */
@Module({
  imports: [AuthModule, IdempotencyModule, RevocationsModule],
  controllers: [RevocationsController, PlatformRevocationsController],
  providers: [
    BulkReceipts,
    BulkRevocations,
    NativeRevocationsService,
    PlansRepository,
    RevocationAllowances,
    RevocationDeclining,
    RevocationExecution,
    RevocationLeftovers,
    RevocationPreviews,
    RevocationRecords,
    RevocationRecordsRepository,
    RevocationRequestsRepository,
    RevocationTermsService,
    SelectionMarking,
    SurveysRepository,
  ],
})
export class BulkRevocationsModule {}

import { Module } from '@nestjs/common';
import { SealedTexts } from './sealed-texts.js';
import { SecretHasher } from './secret-hasher.js';
import { SigningKeys } from './signing-keys.js';
import { TokenMacs } from './token-macs.js';

const PROVIDERS = [SealedTexts, SecretHasher, SigningKeys, TokenMacs];

@Module({
  providers: PROVIDERS,
  exports: PROVIDERS,
})
export class SecretsModule {}

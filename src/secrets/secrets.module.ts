import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { SealedTexts } from './sealed-texts.js';
import { SecretHasher } from './secret-hasher.js';
import { SigningKeys } from './signing-keys.js';
import { TokenMacs } from './token-macs.js';

@Module({
  imports: [ConfigModule.forFeature(secretsConfig)],
  providers: [SealedTexts, SecretHasher, SigningKeys, TokenMacs],
  exports: [SealedTexts, SecretHasher, SigningKeys, TokenMacs],
})
export class SecretsModule {}

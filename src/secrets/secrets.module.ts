import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { SecretHasher } from './secret-hasher.js';
import { SigningKeys } from './signing-keys.js';
import { TokenMacs } from './token-macs.js';

@Module({
  imports: [ConfigModule.forFeature(secretsConfig)],
  providers: [SecretHasher, SigningKeys, TokenMacs],
  exports: [SecretHasher, SigningKeys, TokenMacs],
})
export class SecretsModule {}

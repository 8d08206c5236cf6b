import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { SecretHasher } from './secret-hasher.js';
import { SigningKeys } from './signing-keys.js';

@Module({
  imports: [ConfigModule.forFeature(secretsConfig)],
  providers: [SecretHasher, SigningKeys],
  exports: [SecretHasher, SigningKeys],
})
export class SecretsModule {}

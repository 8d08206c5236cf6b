import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { SecretHasher } from './secret-hasher.js';

@Module({
  imports: [ConfigModule.forFeature(secretsConfig)],
  providers: [SecretHasher],
  exports: [SecretHasher],
})
export class SecretsModule {}

import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { secretsConfig } from '../config/secrets.config.js';
import { SecretsModule } from '../secrets/secrets.module.js';
import { SecretRegister } from './secret-register.js';

@Module({
  imports: [ConfigModule.forFeature(secretsConfig), SecretsModule],
  providers: [SecretRegister],
  exports: [SecretRegister],
})
export class SecretRegisterModule {}

import { Module } from '@nestjs/common';
import { SecretsModule } from '../secrets/secrets.module.js';
import { SecretRegister } from './secret-register.js';

@Module({
  imports: [SecretsModule],
  providers: [SecretRegister],
  exports: [SecretRegister],
})
export class SecretRegisterModule {}

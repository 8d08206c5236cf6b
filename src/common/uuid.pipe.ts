import { Injectable, Param, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { refusal } from './errors/domain-error.js';

export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A path parameter that must be a UUID, in lower case from here on. Judged without a look-up, so a 422. */
export function UuidParam(name: string): ParameterDecorator {
  return (target, method, index) => {
    Param(name, UuidPipe)(target, method, index);
    const handler = Object.getOwnPropertyDescriptor(target, method as string) as PropertyDescriptor;
    ApiParam({ name, schema: { type: 'string', format: 'uuid' } })(target, method as string, handler);
  };
}

@Injectable()
class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    if (!isUuid(value)) {
      throw refusal('input.invalid', {
        issues: [{ loc: ['path', data ?? 'id'], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }],
      });
    }
    return value.toLowerCase();
  }
}

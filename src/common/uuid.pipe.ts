import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { refusal } from './errors/domain-error.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A path parameter that must be a UUID, in lower case from here on. Judged without a look-up, so a 422. */
@Injectable()
export class UuidPipe implements PipeTransform<string, string> {
  transform(value: string, { data }: ArgumentMetadata): string {
    if (!isUuid(value)) {
      throw refusal('input.invalid', {
        issues: [{ loc: ['path', data ?? 'id'], msg: 'Input should be a valid UUID', type: 'uuid_parsing' }],
      });
    }
    return value.toLowerCase();
  }
}

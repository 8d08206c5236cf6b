import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { IsText, type TextOptions } from '../../common/text.decorator.js';
import { withoutSecrets } from '../../secrets/secret-in-text.js';

/**
 * Why something is done, in up to 1024 characters, which stay for good. A secret that is pasted into it is left out: nobody is
 * refused what cannot wait for that, and everybody who may read the log reads the reason (R8).
 */
export function IsReason(options: Pick<TextOptions, 'min' | 'nullable' | 'example'>): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) => (typeof value === 'string' ? withoutSecrets(value) : value)),
    IsText({ max: 1024, multiline: true, ...options }),
  );
}

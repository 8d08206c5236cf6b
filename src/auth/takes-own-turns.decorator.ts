import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import { ofEachRoute } from './revokes.decorator.js';

const TAKES_OWN_TURNS = 'rescind:takes-own-turns';

/**
 * Marks a route whose service waits for its turns by itself: shared transactions take the turns of Changes.share,
 * everything else those of `management`.
 */
export const TakesOwnTurns = (): MethodDecorator => SetMetadata(TAKES_OWN_TURNS, true);

export const takesOwnTurns = ofEachRoute((handler) => Reflect.getMetadata(TAKES_OWN_TURNS, handler) === true);

import { Injectable } from '@nestjs/common';
import { AuthGuard } from '@nestjs/passport';
import { BEARER } from './bearer.strategy.js';

/** Admits requests with an active secret. */
@Injectable()
export class BearerGuard extends AuthGuard(BEARER) {}

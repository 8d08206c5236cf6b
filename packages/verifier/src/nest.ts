import {
  createParamDecorator,
  HttpException,
  Inject,
  Injectable,
  Module,
  SetMetadata,
  type CanActivate,
  type CustomDecorator,
  type DynamicModule,
  type ExecutionContext,
  type FactoryProvider,
  type ModuleMetadata,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { Admission, type ProtectOptions, type Refusal } from './admission.js';
import { createVerifier, type VerifierOptions } from './create-verifier.js';
import type { ActiveVerdict } from './verdict.js';
import { Verifier } from './verifier.js';

const REQUIRED_SCOPES = Symbol.for('@rescind/verifier:scopes');
const OPTIONS = Symbol.for('@rescind/verifier:options');

export interface RescindModuleOptions extends VerifierOptions {
  /** The realm of the challenge; default: `api`. */
  readonly realm?: string;
}

export interface RescindModuleAsyncOptions extends Pick<ModuleMetadata, 'imports'> {
  readonly inject?: FactoryProvider['inject'];
  readonly useFactory: (...injected: never[]) => RescindModuleOptions | Promise<RescindModuleOptions>;
}

interface HttpRequest {
  readonly headers: { readonly authorization?: string };
  readonly ip?: string;
  principal?: ActiveVerdict;
}

/** As both Express and Fastify answer. */
interface HttpReply {
  header(name: string, value: string): unknown;
}

/**
 * On a controller or a handler: the scopes that the token must have, all of them. A handler overrides its controller.
 */
export const RequireScopes = (...scopes: string[]): CustomDecorator<symbol> => {
  // Invalid scopes fail when the program is loaded, not at the first request.
  new Admission({ verify: refuseToVerify, verifyCached: refuseToVerify }, { scopes });
  return SetMetadata(REQUIRED_SCOPES, scopes);
};

/** Parameter: who calls, as proven by the bearer token. */
export const Principal = createParamDecorator(
  (_: unknown, context: ExecutionContext) => context.switchToHttp().getRequest<HttpRequest>().principal,
);

/** Admits requests with an active token and sets `request.principal`; refuses the others as RFC 6750 says. */
@Injectable()
export class RescindGuard implements CanActivate {
  private readonly admissions = new WeakMap<object, Admission>();
  /** A cache for each handler, so that metadata is not read for each request. */
  private readonly found = new WeakMap<object, { readonly type: object; readonly admission: Admission }>();

  constructor(
    @Inject(Verifier) private readonly verifier: Verifier,
    @Inject(OPTIONS) private readonly options: Pick<RescindModuleOptions, 'realm'>,
  ) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    const handler = context.getHandler();
    const type = context.getClass();
    const found = this.found.get(handler);
    const admission = found?.type === type ? found.admission : this.find(handler, type);
    // The same arguments as from `switchToHttp`, which creates functions for each request.
    const request = context.getArgByIndex<HttpRequest>(0);
    const pending = admission.admit(request.headers.authorization, request);
    if (pending instanceof Promise) return pending.then((outcome) => settle(outcome, request, context));
    return settle(pending, request, context);
  }

  private find(handler: object, type: object): Admission {
    // An inherited handler can run in several classes, which may require other scopes.
    const subject = scopesOn(handler) === undefined ? type : handler;
    let admission = this.admissions.get(subject);
    if (admission === undefined) {
      const scopes = scopesOn(subject);
      const { realm } = this.options;
      const options: ProtectOptions = {
        ...(scopes === undefined ? {} : { scopes }),
        ...(realm === undefined ? {} : { realm }),
      };
      admission = new Admission(this.verifier, options);
      this.admissions.set(subject, admission);
    }
    this.found.set(handler, { type, admission });
    return admission;
  }
}

/** `RescindModule.forRoot({ url, token })`: the verifier and its guard, for all modules. Closed with the application. */
@Module({})
export class RescindModule implements OnApplicationShutdown {
  constructor(@Inject(Verifier) private readonly verifier: Verifier) {}

  static forRoot(options: RescindModuleOptions): DynamicModule {
    return RescindModule.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync({ imports = [], inject = [], useFactory }: RescindModuleAsyncOptions): DynamicModule {
    return {
      module: RescindModule,
      global: true,
      imports,
      providers: [
        { provide: OPTIONS, inject, useFactory },
        {
          provide: Verifier,
          inject: [OPTIONS],
          useFactory: (options: RescindModuleOptions) => createVerifier(options),
        },
        RescindGuard,
      ],
      exports: [Verifier, RescindGuard, OPTIONS],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.verifier.close();
  }
}

function settle(outcome: ActiveVerdict | Refusal, request: HttpRequest, context: ExecutionContext): true {
  if (!outcome.active) {
    const reply = context.getArgByIndex<HttpReply>(1);
    for (const [name, value] of Object.entries(outcome.headers)) reply.header(name, value);
    throw new HttpException({ ...outcome.body, statusCode: outcome.status }, outcome.status);
  }
  request.principal = outcome;
  return true;
}

function scopesOn(subject: object): readonly string[] | undefined {
  return Reflect.getMetadata(REQUIRED_SCOPES, subject) as readonly string[] | undefined;
}

function refuseToVerify(): never {
  throw new Error('asked of nobody');
}

export { Verifier } from './verifier.js';
export type { ActiveVerdict } from './verdict.js';

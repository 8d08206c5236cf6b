/** What the page of the console is told, as `error` in its address: nothing that a stranger must not know. */
export type SignInError =
  /** The provider cannot be reached, or answers nonsense: nothing else depends on it. */
  | 'provider_unavailable'
  /** The attempt is not this browser's, is over, or was made before. To be begun again. */
  | 'attempt_expired'
  /** The provider said no, or what it said does not hold. */
  | 'sign_in_refused'
  /** Known to the provider, and no member here. */
  | 'not_a_member'
  /** Somebody has that e-mail address here; an administrator has to link the account. */
  | 'account_not_linked'
  /** An administrator has linked it to a member whose e-mail address the provider does not say to be theirs. */
  | 'account_not_confirmed'
  | 'business_suspended'
  /** Rescind itself cannot answer at the moment. */
  | 'service_unavailable';

/** Of whom it is known who they are, and in which business they were refused. */
interface RefusedAccount {
  issuer: string;
  subject: string;
  /** null: in none in particular. */
  businessId: string | null;
}

/** Nobody is signed in. Not to be answered as an error of the API: people are led back to the page they came from. */
export class SignInRefusal extends Error {
  readonly account: RefusedAccount | undefined;

  /** @param failure for the log, in one word; never anything that was sent */
  constructor(
    readonly error: SignInError,
    readonly failure: string,
    { account, cause }: { account?: RefusedAccount; cause?: unknown } = {},
  ) {
    super(failure, { cause });
    this.name = 'SignInRefusal';
    this.account = account;
  }
}

export { createVerifier, type VerifierOptions } from './create-verifier.js';
export type { Clock } from './clock.js';
export type { Question } from './judgement.js';
export type { Dial, DialEvents, Platform } from './platform.js';
export type { Wire } from './session.js';
export type { DegradedReason, Verifier, VerifierCounters, VerifierEventMap } from './verifier.js';
export type { ActiveVerdict, InactiveReason, InactiveVerdict, Verdict, VerifiedOwner } from './verdict.js';

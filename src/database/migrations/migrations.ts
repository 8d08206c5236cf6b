import { Foundation1763683200000 } from './1763683200000-foundation.js';
import { AuditTransparency1763683300000 } from './1763683300000-audit-transparency.js';
import { IdentityTokenAuth1763683400000 } from './1763683400000-identity-token-auth.js';
import { GuardedRegistry1763683450000 } from './1763683450000-guarded-registry.js';
import { AuditRetention1763683700000 } from './1763683700000-audit-retention.js';
import { TemporaryTablesLast1763683800000 } from './1763683800000-temporary-tables-last.js';
import { ActorsProvenWhereTheyAct1764000000000 } from './1764000000000-actors-proven-where-they-act.js';
import { IdempotencyKeys1764000000100 } from './1764000000100-idempotency-keys.js';
import { ServerRun1764000100000 } from './1764000100000-server-run.js';
import { FeedInOrder1764000110000 } from './1764000110000-feed-in-order.js';
import { IssuedByToken1764000300000 } from './1764000300000-issued-by-token.js';
import { FeedByTriggersAlone1764000400000 } from './1764000400000-feed-by-triggers-alone.js';
import { FeedOfManyTokens1764000400100 } from './1764000400100-feed-of-many-tokens.js';
import { RowsOfOneBusiness1764000410000 } from './1764000410000-rows-of-one-business.js';
import { SecretRegister1764000430000 } from './1764000430000-secret-register.js';
import { IdentitiesWithoutAccess1764000440000 } from './1764000440000-identities-without-access.js';
import { RowsBoundToTheSigningKey1764000450000 } from './1764000450000-rows-bound-to-the-signing-key.js';
import { OpenFaults1764000700000 } from './1764000700000-open-faults.js';
import { KeptBarriers1764000700100 } from './1764000700100-kept-barriers.js';
import { SuspectTokens1764000700200 } from './1764000700200-suspect-tokens.js';
import { PlatformTokensOfNamedPeople1764000800000 } from './1764000800000-platform-tokens-of-named-people.js';
import { AddressesInTheLog1764000801000 } from './1764000801000-addresses-in-the-log.js';
import { RetentionWithNotice1764000802000 } from './1764000802000-retention-with-notice.js';
import { CursorsOfSinks1764000803000 } from './1764000803000-cursors-of-sinks.js';
import { CosignaturesOfWitnesses1764000900000 } from './1764000900000-cosignatures-of-witnesses.js';
import { AnchorsOfLogs1764000900100 } from './1764000900100-anchors-of-logs.js';
import { RequestIdsOfCallers1764000910000 } from './1764000910000-request-ids-of-callers.js';
import { SettingsOfTheLastStart1764000911000 } from './1764000911000-settings-of-the-last-start.js';
import { TokensProvenWhenRead1764000920000 } from './1764000920000-tokens-proven-when-read.js';
import { OneRowAtEachSequence1764000921000 } from './1764000921000-one-row-at-each-sequence.js';
import { HeadsAndTreesByFunctions1764000922000 } from './1764000922000-heads-and-trees-by-functions.js';
import { SuspectOwners1764000923000 } from './1764000923000-suspect-owners.js';
import { ClientVerifiersOfServers1764000930000 } from './1764000930000-client-verifiers-of-servers.js';
import { MetadataOfTokens1764000940000 } from './1764000940000-metadata-of-tokens.js';
import { IndexesOfSelectors1764000941000 } from './1764000941000-indexes-of-selectors.js';
import { MembersByEmail1764000942000 } from './1764000942000-members-by-email.js';
import { CutOffs1764000950000 } from './1764000950000-cut-offs.js';
import { LeakPolicies1764000960000 } from './1764000960000-leak-policies.js';
import { UsageOfTokens1764000970000 } from './1764000970000-usage-of-tokens.js';
import { BulkRevocations1764000980000 } from './1764000980000-bulk-revocations.js';
import { HygieneOfTokens1764000990000 } from './1764000990000-hygiene-of-tokens.js';
import { ProvenCutOffs1764001000000 } from './1764001000000-proven-cut-offs.js';
import { AskedScopes1764001200000 } from './1764001200000-asked-scopes.js';
import { TalliesOfRevocations1764001300000 } from './1764001300000-tallies-of-revocations.js';
import { SetsThatLeave1764001301000 } from './1764001301000-sets-that-leave.js';
import { SessionsOfPeople1764001400000 } from './1764001400000-sessions-of-people.js';
import { AccountsOfMembers1764001410000 } from './1764001410000-accounts-of-members.js';
import { MembersOfADirectory1764001420000 } from './1764001420000-members-of-a-directory.js';
import { RenewalsOfVerifiers1764001430000 } from './1764001430000-renewals-of-verifiers.js';
import { DeveloperScopes1764001500000 } from './1764001500000-developer-scopes.js';
import { NamesInTheIndexesOfLists1764001520000 } from './1764001520000-names-in-the-indexes-of-lists.js';
import { TokensOfCutOffs1764001540000 } from './1764001540000-tokens-of-cut-offs.js';
import { DeclinedRevocations1764001600000 } from './1764001600000-declined-revocations.js';
import { TheLongestLease1764001700000 } from './1764001700000-the-longest-lease.js';
import { IndexesOfWhatEventsSay1764001800000 } from './1764001800000-indexes-of-what-events-say.js';
import { FirstCutOffInOneSearch1764001810000 } from './1764001810000-first-cut-off-in-one-search.js';
import { LatestCutOffs1764001900000 } from './1764001900000-latest-cut-offs.js';
import { AdoptionOfEarlierRows1764002000000 } from './1764002000000-adoption-of-earlier-rows.js';

/** All migrations, oldest first. A new one is a new file and a line here; a landed one never changes. */
export const MIGRATIONS = [
  Foundation1763683200000,
  AuditTransparency1763683300000,
  IdentityTokenAuth1763683400000,
  GuardedRegistry1763683450000,
  AuditRetention1763683700000,
  TemporaryTablesLast1763683800000,
  ActorsProvenWhereTheyAct1764000000000,
  IdempotencyKeys1764000000100,
  ServerRun1764000100000,
  FeedInOrder1764000110000,
  IssuedByToken1764000300000,
  FeedByTriggersAlone1764000400000,
  FeedOfManyTokens1764000400100,
  RowsOfOneBusiness1764000410000,
  SecretRegister1764000430000,
  IdentitiesWithoutAccess1764000440000,
  RowsBoundToTheSigningKey1764000450000,
  OpenFaults1764000700000,
  KeptBarriers1764000700100,
  SuspectTokens1764000700200,
  PlatformTokensOfNamedPeople1764000800000,
  AddressesInTheLog1764000801000,
  RetentionWithNotice1764000802000,
  CursorsOfSinks1764000803000,
  CosignaturesOfWitnesses1764000900000,
  AnchorsOfLogs1764000900100,
  RequestIdsOfCallers1764000910000,
  SettingsOfTheLastStart1764000911000,
  TokensProvenWhenRead1764000920000,
  OneRowAtEachSequence1764000921000,
  HeadsAndTreesByFunctions1764000922000,
  SuspectOwners1764000923000,
  ClientVerifiersOfServers1764000930000,
  MetadataOfTokens1764000940000,
  IndexesOfSelectors1764000941000,
  MembersByEmail1764000942000,
  CutOffs1764000950000,
  LeakPolicies1764000960000,
  UsageOfTokens1764000970000,
  BulkRevocations1764000980000,
  HygieneOfTokens1764000990000,
  ProvenCutOffs1764001000000,
  AskedScopes1764001200000,
  TalliesOfRevocations1764001300000,
  SetsThatLeave1764001301000,
  SessionsOfPeople1764001400000,
  AccountsOfMembers1764001410000,
  MembersOfADirectory1764001420000,
  RenewalsOfVerifiers1764001430000,
  DeveloperScopes1764001500000,
  NamesInTheIndexesOfLists1764001520000,
  TokensOfCutOffs1764001540000,
  DeclinedRevocations1764001600000,
  TheLongestLease1764001700000,
  IndexesOfWhatEventsSay1764001800000,
  FirstCutOffInOneSearch1764001810000,
  LatestCutOffs1764001900000,
  AdoptionOfEarlierRows1764002000000,
];

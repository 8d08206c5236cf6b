import { type Cosignature, type Cosigner, openCosignatures } from './cosignature.js';
import { COSIGNATURE_V1, parseVkey, type PublicNoteKey } from './note-key.js';
import { rawPublicKey } from './platform.js';
import { UntrustedNote } from './signed-note.js';

/** A witness that the policy names. */
export interface PolicyWitness extends Cosigner {
  /** What the policy calls it; `name` is that of its key. */
  alias: string;
  /** The prefix of the addresses at which it is asked; null: it has none. */
  url: string | null;
}

interface Group {
  members: readonly string[];
  threshold: number;
}

/** The quorum was reached, and since when. */
export interface Quorum {
  /** Unix time: the earliest at which so many had cosigned. Null: the policy asks for none. */
  seconds: number | null;
}

/** A line of the policy that cannot be used; the message is one sentence without its end. */
export class UnusablePolicy extends Error {}

const LINES_MAX = 10_000;
const NONE = 'none';

/** Which logs are meant and whose cosignatures a checkpoint needs (C2SP tlog-policy). */
export class WitnessPolicy {
  readonly logs: (PublicNoteKey & { name: string })[] = [];
  readonly witnesses: PolicyWitness[] = [];
  private readonly groups = new Map<string, Group>();
  private readonly grouped = new Set<string>();
  private quorum: string | null = null;

  /** @throws UnusablePolicy */
  constructor(text: string) {
    const lines = text.split('\n');
    if (lines.length > LINES_MAX) throw new UnusablePolicy(`has more than ${LINES_MAX} lines`);
    for (const [index, line] of lines.entries()) {
      const where = `line ${index + 1}`;
      if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(line))
        throw new UnusablePolicy(`${where} has a control character`);
      const words = line.split(/[ \t]+/).filter((word) => word !== '');
      if (words.length === 0 || words[0]?.startsWith('#')) continue;
      this.take(words, where);
    }
    if (this.quorum === null) throw new UnusablePolicy('has no line "quorum"');
  }

  /** Whether these cosignatures are enough; null if not. */
  judge(cosignatures: readonly Pick<Cosignature, 'cosigner' | 'seconds'>[]): Quorum | null {
    if (this.quorum === NONE) return { seconds: null };
    const inTime = [...cosignatures].sort((left, right) => left.seconds - right.seconds);
    const cosigned = new Set<string>();
    for (const { cosigner, seconds } of inTime) {
      const witness = this.witnesses.find(({ publicKey }) => publicKey.equals(cosigner.publicKey));
      if (witness === undefined) continue;
      cosigned.add(witness.alias);
      if (this.hasWitnessed(this.quorum as string, cosigned)) return { seconds };
    }
    return null;
  }

  /** Whether the quorum could be reached with the cosignatures of these witnesses alone. */
  isWithin(witnesses: readonly PolicyWitness[]): boolean {
    return this.judge(witnesses.map((cosigner) => ({ cosigner, seconds: 1 }))) !== null;
  }

  private hasWitnessed(name: string, cosigned: ReadonlySet<string>): boolean {
    const group = this.groups.get(name);
    if (group === undefined) return cosigned.has(name);
    const count = group.members.filter((member) => this.hasWitnessed(member, cosigned)).length;
    return count >= group.threshold;
  }

  private take([kind, ...words]: string[], where: string): void {
    switch (kind) {
      case 'log':
        return this.takeLog(words, where);
      case 'witness':
        return this.takeWitness(words, where);
      case 'group':
        return this.takeGroup(words, where);
      case 'quorum':
        return this.takeQuorum(words, where);
      default:
        throw new UnusablePolicy(`${where} begins with neither log, witness, group nor quorum`);
    }
  }

  private takeLog([vkey, , ...more]: string[], where: string): void {
    if (vkey === undefined || more.length > 0)
      throw new UnusablePolicy(`${where} is not "log <key> [<url>]"`);
    const log = keyIn(where, () => parseVkey(vkey));
    if (this.logs.some(({ publicKey, name }) => name === log.name && publicKey.equals(log.publicKey)))
      throw new UnusablePolicy(`${where} names a log again`);
    this.logs.push(log);
  }

  private takeWitness([alias, vkey, url = null, ...more]: (string | null)[], where: string): void {
    if (typeof alias !== 'string' || typeof vkey !== 'string' || more.length > 0)
      throw new UnusablePolicy(`${where} is not "witness <name> <key> [<url>]"`);
    this.demandNew(alias, where);
    const { name, publicKey } = keyIn(where, () => parseVkey(vkey, COSIGNATURE_V1));
    const raw = rawPublicKey(publicKey);
    if (this.witnesses.some((known) => rawPublicKey(known.publicKey).equals(raw)))
      throw new UnusablePolicy(`${where} has the key of an earlier witness`);
    this.witnesses.push({ alias, name, publicKey, url });
  }

  private takeGroup([name, number, ...members]: string[], where: string): void {
    if (name === undefined || number === undefined || members.length === 0)
      throw new UnusablePolicy(`${where} is not "group <name> <any, all or a number> <name>…"`);
    this.demandNew(name, where);
    for (const member of members) {
      if (!this.isDefined(member) || this.grouped.has(member))
        throw new UnusablePolicy(
          `${where} names a member that is not defined before it, or is in a group already`,
        );
      this.grouped.add(member);
    }
    const threshold = number === 'any' ? 1 : number === 'all' ? members.length : Number(number);
    if (!/^(any|all|[1-9][0-9]{0,8})$/.test(number) || threshold > members.length)
      throw new UnusablePolicy(
        `${where} asks for neither any, all nor 1 to ${members.length} of its members`,
      );
    this.groups.set(name, { members, threshold });
  }

  private takeQuorum([name, ...more]: string[], where: string): void {
    if (this.quorum !== null) throw new UnusablePolicy(`${where} is a second quorum`);
    if (name === undefined || more.length > 0 || !(name === NONE || this.isDefined(name)))
      throw new UnusablePolicy(`${where} names no witness or group that is defined before it`);
    this.quorum = name;
  }

  private isDefined(name: string): boolean {
    return this.groups.has(name) || this.witnesses.some(({ alias }) => alias === name);
  }

  private demandNew(name: string, where: string): void {
    if (name === NONE || this.isDefined(name)) throw new UnusablePolicy(`${where} uses a name again`);
  }
}

function keyIn<Key>(where: string, read: () => Key): Key {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof TypeError)) throw cause;
    throw new UnusablePolicy(`${where} has no Ed25519 verifier key of the right type`, { cause });
  }
}

/** What witnesses say of a checkpoint. */
export interface Cosigned {
  /** Events that the checkpoint covers. */
  size: number;
  /** Since when it has the quorum (RFC 3339); null: the policy asks for none. */
  at: string | null;
  /** What the policy calls those that have cosigned it. */
  witnesses: string[];
}

/** What the policy finds under a checkpoint that is believed otherwise; a sentence: why it does not hold. */
export function cosignedBy(policy: WitnessPolicy, note: string, size: number): Cosigned | string {
  try {
    const cosignatures = openCosignatures(note, policy.witnesses);
    const witnesses = policy.witnesses
      .filter((witness) => cosignatures.some(({ cosigner }) => cosigner === witness))
      .map(({ alias }) => alias);
    const quorum = policy.judge(cosignatures);
    if (quorum === null)
      return `the policy asks for more than ${witnesses.length === 0 ? 'no cosignature' : `those of ${witnesses.join(', ')}`}`;
    return { size, at: quorum.seconds === null ? null : timeOf(quorum.seconds), witnesses };
  } catch (error) {
    if (error instanceof UntrustedNote) return error.message;
    throw error;
  }
}

export function cosignedLine({ size, at, witnesses }: Cosigned): string {
  const by = witnesses.length === 0 ? 'by nobody, as the policy allows' : `by ${witnesses.join(', ')}`;
  return `cosigned    ${size} events ${by}${at === null ? '' : `, at ${at}`}`;
}

/** Also of years that no Date has. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? `${seconds} s after 1970` : time.toISOString();
}

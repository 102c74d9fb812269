import { EleventhError } from '../error.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import { type Pin, parseCanonicalPin, parsePin, pinPath } from '../files/pin.ts';
import { utf8 } from '../files/yaml-file.ts';
import type { Commit, View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { ServiceId } from '../names/names.ts';
import type { Oid } from '../names/object-id.ts';
import { FINDINGS, type Finding, type FindingRule } from './finding.ts';
import type { History, Outlined, PathChange } from './history.ts';
import { Positions, type Workspaces } from './main-line.ts';
import type { Moment } from './moment.ts';
import type { NamedPolicies } from './policy-day.ts';

/** What all checks share: the repository, and what was found out about it so far. */
export interface Ground {
  readonly history: History;
  readonly view: View;
  readonly workspace: Workspace;
  /** In seconds since 1970. */
  readonly now: number;
  readonly main: Positions;
  readonly workspaces: Workspaces;
  readonly statements: StatementLine;
  /** The first state of each recipe of which something was said. */
  readonly began: Began;
  /** The lines of environments by branch, those that recipes come from first. */
  readonly lines: Map<string, Line>;
  readonly pins: PinCache;
  readonly named: NamedPolicies;
  readonly findings: Findings;
  /** Where both stand, where that is known and no matter of what commits say of their time. */
  readonly today?: Moment | undefined;
}

/** When each of some recipes first was there, and where. */
export class Began {
  readonly #wanted: ReadonlySet<Oid>;
  readonly states = new Map<Oid, { readonly tree: Oid; readonly time: number }>();

  constructor(wanted: ReadonlySet<Oid>) {
    this.#wanted = wanted;
  }

  note(recipe: Oid, { tree, committer: { time } }: Pick<Commit, 'tree' | 'committer'>): void {
    const known = this.states.get(recipe);
    if (this.#wanted.has(recipe) && (known === undefined || time < known.time)) this.states.set(recipe, { tree, time });
  }
}

/** The attestations branch, and what was known at each of its commits. */
export interface StatementLine {
  readonly positions: Positions;
  /** @param commit null: before the first. */
  at(commit: Oid | null): Promise<Evidence>;
}

/** An environment branch as far as later checks need it. */
export class Line {
  readonly environment: Environment;
  readonly positions = new Positions();
  /** The tree of each commit. */
  readonly trees = new Map<Oid, Oid>();
  /** The newest commit of each tree. */
  readonly newest = new Map<Oid, Oid>();
  /** Which commit says that it was released with each tag. */
  readonly released = new Map<string, Oid>();

  constructor(environment: Environment) {
    this.environment = environment;
  }

  /** Returns the line of commits that need not be looked at. @param commits oldest first. */
  static async of(environment: Environment, commits: AsyncIterable<Outlined>): Promise<Line> {
    const line = new Line(environment);
    for await (const commit of commits) line.add(commit);
    return line;
  }

  add(commit: Outlined): void {
    this.positions.add(commit);
    this.trees.set(commit.oid, commit.tree);
    this.newest.set(commit.tree, commit.oid);
  }
}

/** Collects findings, in the order in which what they are about was looked at. */
export class Findings {
  readonly #found: { readonly place: number; readonly finding: Finding }[] = [];
  #place = 0;

  get all(): Finding[] {
    return this.#found.toSorted((a, b) => a.place - b.place).map(({ finding }) => finding);
  }

  /** Returns what adds findings about one commit or tag, whenever they are made. */
  on(at: { readonly ref: string; readonly commit: Oid | null }): (rule: FindingRule, message: string) => void {
    this.#place += 1;
    const place = this.#place;
    return (rule, message) => this.#add(rule, at, message, place);
  }

  add(rule: FindingRule, at: { readonly ref: string; readonly commit: Oid | null }, message: string): void {
    this.#add(rule, at, message, this.#place);
  }

  #add(
    rule: FindingRule,
    { ref, commit }: { readonly ref: string; readonly commit: Oid | null },
    message: string,
    place: number,
  ): void {
    const [severity] = FINDINGS[rule];
    this.#found.push({ place, finding: { rule, severity, ref, commit, message } });
  }
}

/** How many pins are kept: those of the newest commits and what promotions bring again. */
const MOST_PINS = 10_000;

/** Pins by the object that holds them: a promotion brings the same ones again. */
export class PinCache {
  readonly #pins = new Map<Oid, Pin | EleventhError | null>();
  readonly #odd = new Set<Oid>();

  /** Returns whether some of these files is a pin with other bytes than the tool gives it: others might read it otherwise. */
  isOdd(files: readonly PathChange[]): boolean {
    return files.some(({ after }) => after !== null && this.#odd.has(after.oid));
  }

  /** Returns whether the content of a changed file has to be read. */
  wants({ path, after }: PathChange): boolean {
    return (
      after !== null && path.startsWith('apps/') && path.endsWith('/kustomization.yaml') && !this.#pins.has(after.oid)
    );
  }

  /**
   * Returns the pin that a changed file holds; throws `BAD_PIN`.
   * @param read reads it where the walk did not bring it.
   */
  async read(id: ServiceId, { after, content }: PathChange, read: () => Promise<Uint8Array | null>) {
    if (after === null) return null;
    let pin = this.#pins.get(after.oid);
    if (pin === undefined) {
      const bytes = content ?? (await read()) ?? new Uint8Array();
      const canonical = parseCanonicalPin(DECODER.decode(bytes));
      pin = canonical ?? parsed(id, bytes);
      if (canonical === undefined) this.#odd.add(after.oid);
      this.#pins.set(after.oid, pin);
      if (this.#pins.size > 2 * MOST_PINS) this.#forget();
    }
    if (pin instanceof EleventhError) throw pin;
    return pin;
  }

  /** Forgets the older half: one at a time would have to be looked for among those that went before. */
  #forget(): void {
    const kept = [...this.#pins].slice(-MOST_PINS);
    this.#pins.clear();
    for (const [oid, pin] of kept) this.#pins.set(oid, pin);
  }
}

const DECODER = new TextDecoder('utf-8', { ignoreBOM: true });

function parsed(id: ServiceId, content: Uint8Array): Pin | EleventhError | null {
  try {
    return parsePin(id, utf8(pinPath(id), content));
  } catch (error) {
    if (error instanceof EleventhError) return error;
    throw error;
  }
}

import { EleventhError } from '../error.ts';
import type { Evidence, Filed } from '../evidence/evidence.ts';
import type { Deployable, Person, Subject, TestStatement } from '../evidence/statement.ts';
import { type BrokenGlass, brokenGlass } from '../gates/break-glass.ts';
import type { View } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Oid } from '../names/object-id.ts';

/** Somebody's word that a recipe may enter an environment. */
export interface Approval {
  readonly by: Person;
  readonly time: string;
  readonly note: string | null;
  /** The review on the host in which it was given; null: it was recorded here. */
  readonly url: string | null;
}

/** What a suite said. */
export interface TestRun extends Pick<TestStatement, 'suite' | 'result' | 'by' | 'time'> {
  /** `recipe`, or the service whose build it spoke of. */
  readonly of: string;
  readonly url: string | null;
  /** The SHA-256 of what it printed. */
  readonly log: string | null;
}

/** Reads what is known for a report, which says what it cannot read and goes on. */
export class EvidenceReader {
  readonly #evidence: Evidence;
  readonly #known = new Map<string, Promise<readonly Filed[]>>();
  readonly #problems = new Set<string>();
  #glass: Promise<readonly BrokenGlass[]> | undefined;

  constructor(evidence: Evidence) {
    this.#evidence = evidence;
  }

  /** What could not be read so far. */
  get problems(): readonly string[] {
    return [...this.#problems];
  }

  /** Returns what is known of a subject besides blocks, in the order of times; nothing where that cannot be read. */
  of(subject: Subject): Promise<readonly Filed[]> {
    const key = JSON.stringify(subject);
    const known = this.#known.get(key) ?? this.read((evidence) => evidence.of(subject));
    this.#known.set(key, known);
    return known;
  }

  /** Returns what a question finds, or nothing where a statement cannot be read. */
  async read<T>(question: (evidence: Evidence) => Promise<readonly T[]>): Promise<readonly T[]> {
    try {
      return await question(this.#evidence);
    } catch (error) {
      if (!(error instanceof EleventhError) || error.code !== 'BAD_STATEMENT') throw error;
      this.#problems.add(error.message);
      return [];
    }
  }

  /** Returns who approved a recipe for an environment, oldest first. */
  async approvals(recipe: Oid, environment: string): Promise<Approval[]> {
    return (await this.of({ kind: 'recipe', recipe })).flatMap((one) =>
      one.kind === 'approval' && one.environment === environment
        ? [{ by: one.by, time: one.time, note: one.note ?? null, url: one.url ?? null }]
        : [],
    );
  }

  /** Returns all that was done by breaking the glass; nothing where that cannot be read. */
  brokenGlass(view: View, workspace: Workspace): Promise<readonly BrokenGlass[]> {
    this.#glass ??= this.read((evidence) => brokenGlass(view, workspace, evidence));
    return this.#glass;
  }

  /** Returns every run of a suite on a recipe or a build, oldest first. */
  async tests(subject: Deployable): Promise<TestRun[]> {
    const of = subject.kind === 'recipe' ? 'recipe' : subject.service;
    return (await this.of(subject)).flatMap((one) => {
      if (one.kind !== 'test') return [];
      const { suite, result, by, time, url = null, log = null } = one;
      return [{ of, suite, result, by, time, url, log }];
    });
  }
}

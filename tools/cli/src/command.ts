import { resolve } from 'node:path';
import { EleventhError, type History, isEmpty, type Occasion, type Oid, type Plan, type View } from '@eleventh/core';
import type { Forge } from '@eleventh/forge';
import {
  type DrainResult,
  openClone,
  openLocal,
  openWorktree,
  type People,
  Repository,
  type RepositoryOptions,
  redact,
} from '@eleventh/git';
import type { Command } from 'commander';
import type { Io } from './io.ts';
import { people } from './people.ts';
import type { RenderedDiff } from './rendered-diff.ts';
import { manifestTools } from './renderer.ts';
import {
  cacheDirectory,
  cloneFolder,
  type RepositoryAddress,
  repositoryAddress,
  revisionAddress,
} from './repository-address.ts';
import type { Edit, Reviewed } from './review/propose.ts';
import { type Painter, paint } from './screen/paint.ts';

/** The version of everything that `--json` prints; it rises when a field changes its meaning or goes. */
export const SCHEMA_VERSION = 1;

/** What a command found or did: one value for programs, lines for people. */
export interface Output {
  readonly json: Readonly<Record<string, unknown>>;
  readonly text: (painter: Painter) => string;
  /** What the command exits with, where that is not 0. */
  readonly exitCode?: number;
}

export interface GlobalOptions {
  readonly repo?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly rendered?: boolean;
  readonly author?: string;
  readonly pr?: boolean;
  readonly land?: boolean;
}

/** A plan that was carried out, or (`--dry-run`) only made. */
export interface Done<P extends Plan> {
  readonly plan: P;
  /** Whether any ref moved, or would. */
  readonly changed: boolean;
  readonly isDryRun: boolean;
  readonly commits: ReadonlyMap<string, readonly Oid[]>;
  readonly tagged: Oid | null;
}

/** What a command has to work with: the repository, and the world outside. */
export class Context {
  readonly io: Io;
  readonly options: GlobalOptions;
  /** The words of the command line, without those that say how results are printed. */
  readonly line: readonly string[];

  #address: Promise<RepositoryAddress> | undefined;
  #rendered: readonly RenderedDiff[] | undefined;
  #reviewed: Reviewed | undefined;

  constructor(io: Io, options: GlobalOptions, line: readonly string[] = []) {
    this.io = io;
    this.options = options;
    this.line = line;
  }

  /** What the clusters would see of the plan that was made; undefined: nobody asked. */
  get rendered(): readonly RenderedDiff[] | undefined {
    return this.#rendered;
  }

  /** What became of the review of a change; undefined: there is none. */
  get reviewed(): Reviewed | undefined {
    return this.#reviewed;
  }

  /** Begins to find out which repository it is, while the command still looks at other things. */
  prepare(): void {
    this.#where().catch(() => {}); // Whoever needs it finds out that it failed.
  }

  #where(): Promise<RepositoryAddress> {
    this.#address ??= repositoryAddress(this.options.repo, this.io);
    return this.#address;
  }

  #who(repository: Repository): Promise<People> {
    return closing(repository, () => people(this.io, this.options.author));
  }

  /** Returns what a report says of the repository as it is now. */
  async read<T>(report: (view: View) => Promise<T>): Promise<T> {
    return (await this.#open()).read(report);
  }

  /** Returns what a report says of a clone that has everything, read where it lies; throws `NEEDS_CLONE` for an address. */
  async clone<T>(report: (history: History) => Promise<T>): Promise<T> {
    const clone = await openClone(cloneFolder(this.options.repo, this.io), this.io.env, manifestTools(this.io));
    try {
      return await report(clone);
    } finally {
      await clone.close();
    }
  }

  /** Returns what a hook says of the repository that it runs in, with the objects of the push at hand. */
  async received<T>(report: (history: History) => Promise<T>): Promise<T> {
    const { env, cwd } = this.io;
    const { GIT_OBJECT_DIRECTORY: objectDirectory, GIT_ALTERNATE_OBJECT_DIRECTORIES: alternates } = env;
    const clone = await openClone(resolve(cwd, env.GIT_DIR || '.'), env, manifestTools(this.io), {
      objectDirectory,
      alternates,
    });
    try {
      return await report(clone);
    } finally {
      await clone.close();
    }
  }

  /**
   * Returns what a report says of the repository at a revision that somebody named. In a folder it is a revision of its
   * own, of what was not pushed too, beside the branches as its `origin` had them. @param report is told the name of the
   * commit as the repository takes it.
   */
  async readAt<T>(revision: string, report: (view: View, at: string) => Promise<T>): Promise<T> {
    const found = await revisionAddress(this.options.repo, revision, this.io);
    if (!found.address.isCheckout) {
      this.#address = Promise.resolve(found.address);
      return this.read((view) => report(view, found.revision));
    }
    const local = await openLocal(found.address.url, this.io.env);
    try {
      return await report(local.view, found.revision);
    } finally {
      await local.close();
    }
  }

  /**
   * Returns what a report says of the files on disk, committed or not, of the checkout that is `--repo` or else the
   * working folder. @param report is told the commit of the view that holds them. Throws `NO_CHECKOUT`.
   */
  async readWorktree<T>(report: (view: View, at: Oid) => Promise<T>): Promise<T> {
    const worktree = await openWorktree(resolve(this.io.cwd, this.options.repo ?? ''), this.io.env);
    try {
      return await report(worktree.view, worktree.commit);
    } finally {
      await worktree.close();
    }
  }

  /**
   * Carries out what an edit plans; with `--dry-run` it is planned and nothing more. What the edit signs by itself it
   * signs with the same signer as its commits: there is one where that is asked for, and something is written.
   */
  async change<P extends Plan>(
    edit: Edit<P>,
    access: Pick<RepositoryOptions, 'patience' | 'isNarrow'> = {},
  ): Promise<Done<P>> {
    const { dryRun, pr, land, rendered } = this.options;
    if (dryRun === true) {
      const plan = await this.plan(async (view, occasion) => {
        const made = await edit(view, { ...occasion, isProposal: pr });
        // While the repository is open: what is planned is written nowhere.
        if (rendered === true) this.#rendered = await this.#renderPlan(view, made);
        return made;
      }, access);
      return { plan, changed: !isEmpty(plan), isDryRun: true, commits: new Map(), tagged: null };
    }
    if (pr !== true && land !== true) return this.carryOut(edit, access);
    const { done, reviewed } =
      pr === true
        ? await (await import('./review/propose.ts')).putToReview(this, edit)
        : await (await import('./review/land.ts')).land(this, edit);
    this.#reviewed = reviewed;
    return done;
  }

  /** Returns what is made of the repository as it is now, on the occasion on which a change would be made. */
  async plan<T>(
    make: (view: View, occasion: Omit<Occasion, 'ticket'>) => Promise<T>,
    access: Pick<RepositoryOptions, 'patience' | 'isNarrow'> = {},
  ): Promise<T> {
    const now = this.io.now();
    const repository = await this.#open(access);
    const known = await this.#whoIfKnown(repository);
    return repository.read((view) => make(view, { who: known.author, key: keyOf(known), now }));
  }

  /** Carries out what an edit plans, reviewed or not. */
  async carryOut<P extends Plan>(
    edit: Edit<P>,
    access: Pick<RepositoryOptions, 'patience' | 'isNarrow'> = {},
  ): Promise<Done<P>> {
    const now = this.io.now();
    // The repository is being asked for its refs while Git is asked for the author.
    const repository = await this.#open(access);
    const who = await this.#who(repository);
    const occasion = { who: who.author, key: keyOf(who), now };
    const written = await repository.write((view) => edit(view, occasion, who.signer), who);
    return { ...written, isDryRun: false };
  }

  /** Returns the host on which changes of the repository are reviewed; throws as `openForge` does. */
  async forge(): Promise<Forge> {
    const [{ openForge }, { forgeWorld }] = await Promise.all([import('@eleventh/forge'), import('./forge-world.ts')]);
    return openForge((await this.#where()).url, forgeWorld(this.io));
  }

  async #renderPlan(view: View, plan: Plan): Promise<readonly RenderedDiff[]> {
    const { renderedPlan } = await import('./rendered-diff.ts');
    const { rendererOf } = await import('./renderer.ts');
    return renderedPlan(view, plan, await rendererOf(this.io));
  }

  /** Returns who would make a change. To see what it would be, nobody has to be. */
  #whoIfKnown(repository: Repository): Promise<Partial<People>> {
    const named = people(this.io, this.options.author).catch((error) => {
      if (error instanceof EleventhError && error.code === 'NO_AUTHOR') return {};
      throw error;
    });
    return closing(repository, () => named);
  }

  /** Commits the requests that wait for an environment's branch, or with `--dry-run` says what would become of them. */
  async drain(branchOf: (view: View) => Promise<string>): Promise<readonly DrainResult[]> {
    const repository = await this.#open();
    return repository.drain(branchOf, await this.#who(repository), this.options.dryRun === true);
  }

  async #open(access: Pick<RepositoryOptions, 'patience' | 'isNarrow'> = {}): Promise<Repository> {
    const address = await this.#where();
    if (this.io.isErrTerminal && this.options.json !== true)
      this.io.err(paint(this.io, 'err').dim(`Reading ${redact(address.url)} …\n`));
    const { env, sleep, random, now, processes } = this.io;
    const progress = (text: string) => this.io.err(paint(this.io, 'err').dim(`${text}\n`));
    const world = { cacheDirectory: cacheDirectory(this.io), env, sleep, random, now, processes, progress };
    const manifests = manifestTools(this.io);
    return Repository.open({ ...address, ...world, manifests, ...access });
  }
}

/** Returns what some work makes; when it fails, gives up what was begun: else we would end when the repository answers. */
async function closing<T>(repository: Repository, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await repository.close();
    throw error;
  }
}

/** Returns the public key that is going to sign the commits of a change, as gates take it. */
function keyOf({ signer }: Partial<People>): string | undefined {
  return signer?.signsCommits === true ? signer.key : undefined;
}

/** One command of `commands.ts`: the rest of its grammar, and what it does. */
export interface CommandDefinition {
  /** What `--help` adds: what it does and what it never does. */
  readonly description?: string;
  /** Command lines with what each does, shown by `--help`. */
  readonly examples: readonly (readonly [command: string, explanation: string])[];
  /** Whether it writes: then it takes --dry-run and --author. */
  readonly isWriting?: boolean;
  /** Whether it works on a repository: then it takes --repo. Default true. */
  readonly needsRepository?: boolean;
  readonly options?: (command: Command) => void;
  readonly run: (
    context: Context,
    args: readonly string[],
    options: Readonly<Record<string, unknown>>,
  ) => Promise<Output>;
}

/** Returns the option values of a repeatable option. */
export function collect(value: string, previous: string[] = []): string[] {
  return [...previous, value];
}

/** Returns the fields that every writing command prints under `--json`. */
export function writtenJson(
  done: Done<Plan>,
  facts: { branch: string; commit: Oid | null; recipe: Oid | null; tag: string | null },
): Record<string, unknown> {
  return { changed: done.changed, dryRun: done.isDryRun, ...facts };
}

/** Returns an error as `--json` prints it. */
export function errorJson(error: EleventhError): Record<string, unknown> {
  const { code, message, hint, exitCode, details } = error;
  return {
    schemaVersion: SCHEMA_VERSION,
    error: { code, message: redact(message), hint: hint === undefined ? null : redact(hint), exitCode, details },
  };
}

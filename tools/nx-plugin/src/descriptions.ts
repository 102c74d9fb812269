import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  EleventhError,
  type ExternalCheckers,
  parseEnvironment,
  parseService,
  parseWorkspaceFile,
  WORKSPACE_FILE,
} from '@eleventh/core';
import type { Found } from './layout.ts';

/** What a project says of a service. */
export interface ServiceFacts {
  readonly owner?: string | undefined;
  readonly source?: string | undefined;
  /** The ids of the services that it requires. */
  readonly requires?: readonly string[];
  /** Why the description cannot be read: `check` says it again, and where. */
  readonly problem?: string;
}

/** What a project says of an environment. */
export interface EnvironmentFacts {
  readonly branch?: string;
  readonly tag?: string | undefined;
  readonly from?: readonly string[];
  readonly problem?: string;
}

/** What a workspace says of the checkers of others. */
export interface WorkspaceFacts {
  readonly checkers?: ExternalCheckers;
  readonly problem?: string;
}

type Facts = ServiceFacts | EnvironmentFacts | WorkspaceFacts;

/** A new version where what is kept changes. */
const VERSION = 2;

/**
 * Reads descriptions of services and environments. Reading YAML takes longer than all else that the plugin does, so what
 * it came to is kept, by content, from one command to the next; what was not asked for is forgotten.
 */
export class Descriptions {
  readonly #workspaceRoot: string;
  readonly #file: string;
  readonly #known: Readonly<Record<string, Facts>>;
  readonly #asked: Record<string, Facts> = {};
  #isNew = false;

  /** @param folder where it is kept, below the workspace's own folder. */
  constructor(workspaceRoot: string, folder: string) {
    this.#workspaceRoot = workspaceRoot;
    this.#file = join(folder, `eleventh-descriptions-${VERSION}.json`);
    this.#known = kept(this.#file);
  }

  service({ id, file, isDescribed }: Found): ServiceFacts {
    if (!isDescribed) return {};
    return this.#facts(file, (text) => {
      const { owner, source, requires } = parseService(id, text);
      return { owner, source, requires: Object.keys(requires).sort() };
    });
  }

  environment({ id, file }: Found): EnvironmentFacts {
    return this.#facts(file, (text) => {
      const { branch, release, from } = parseEnvironment(id, text);
      return { branch, tag: release?.tag, from };
    });
  }

  workspace(): WorkspaceFacts {
    return this.#facts(WORKSPACE_FILE, (text) => ({ checkers: parseWorkspaceFile(text).check.external }));
  }

  /** Keeps what was read. Where it cannot be kept, it is read again. */
  save(): void {
    if (!this.#isNew && Object.keys(this.#asked).length === Object.keys(this.#known).length) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      const text = JSON.stringify(this.#asked);
      // It appears whole, whoever reads meanwhile, and whoever writes the same.
      const file = `${this.#file}.${createHash('sha1').update(text).digest('hex')}`;
      writeFileSync(file, text);
      renameSync(file, this.#file);
    } catch {
      // A folder that may only be read, such as that of a container.
    }
  }

  #facts<T extends Facts>(file: string, read: (text: string) => T): T {
    const bytes = readFileSync(join(this.#workspaceRoot, file));
    const key = createHash('sha1').update(`${file}\0`).update(bytes).digest('hex');
    const known = (this.#asked[key] ?? this.#known[key]) as T | undefined;
    const facts = known ?? attempt(() => read(bytes.toString()));
    this.#isNew ||= known === undefined;
    this.#asked[key] = facts;
    return facts;
  }
}

function kept(file: string): Readonly<Record<string, Facts>> {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Record<string, Facts>;
  } catch {
    return {};
  }
}

function attempt<T extends Facts>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof EleventhError) return { problem: error.message } as T;
    throw error;
  }
}

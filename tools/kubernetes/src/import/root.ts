import type { Substitution } from './substitution.ts';

/** What an agent adds to a folder that it builds, in the words of a kustomization. */
export interface Settings {
  readonly namespace?: string;
  readonly namePrefix?: string;
  readonly nameSuffix?: string;
  readonly patches?: readonly unknown[];
  readonly images?: readonly unknown[];
  readonly components?: readonly string[];
  readonly labels?: readonly unknown[];
  readonly commonLabels?: Readonly<Record<string, string>>;
  readonly commonAnnotations?: Readonly<Record<string, string>>;
  readonly replicas?: readonly unknown[];
}

/** Something that an environment is made of: a folder that somebody builds or applies. */
export interface Root {
  readonly environment: string;
  readonly folder: string;
  /** What says so: a file, or what its folder is called. */
  readonly by: string;
  /** What it is called where its folder does not say: by the object of the agent. */
  readonly name?: string | undefined;
  /** The files that are applied as they are; absent: those of the kustomization, or all below. */
  readonly files?: readonly string[];
  /** Whether it is an object of an agent that stays a manifest: who applies the folder around it leaves it out. */
  readonly isKept?: boolean;
  readonly settings?: Settings;
  /** What an agent puts in place of variables in what was built. */
  readonly substitution?: Substitution | undefined;
  /** A namespace for objects that name none: Argo CD's way. */
  readonly defaultNamespace?: string | undefined;
}

/** Something of the repository that has no place in the workspace. */
export interface Unplaced {
  readonly path: string;
  /** Why, as half a sentence. */
  readonly why: string;
  /** Whether it is a part of an environment that could not be built, rather than something that no environment needs. */
  readonly isMissing: boolean;
}

/** What was found in a repository. */
export interface Found {
  readonly roots: readonly Root[];
  readonly unplaced: readonly Unplaced[];
  /** Files that point agents at folders: one object for each environment takes their place. */
  readonly wiring: ReadonlySet<string>;
  /** What was found, and what an agent would do besides, one sentence each. */
  readonly notes: readonly string[];
}

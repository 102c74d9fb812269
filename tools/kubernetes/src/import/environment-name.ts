/** Words by which people know environments, in the order in which recipes mostly move through them. */
const RANKS: readonly (readonly string[])[] = [
  ['local', 'sandbox', 'preview', 'kind', 'minikube'],
  ['dev', 'devel', 'develop', 'development'],
  ['test', 'testing', 'qa', 'int', 'integration', 'e2e', 'ci'],
  ['stage', 'staging', 'stg', 'uat', 'acc', 'acceptance'],
  ['preprod', 'preproduction', 'pre', 'demo', 'perf', 'canary'],
  ['prod', 'production', 'prd', 'live'],
];

/** Those of them that hardly mean anything else. */
const STRONG = [
  'dev',
  'development',
  'stage',
  'staging',
  'uat',
  'qa',
  'preprod',
  'preproduction',
  'prod',
  'production',
  'prd',
];

/** A folder in which every folder is an environment, but for those that hold what they share. */
const ENVIRONMENTS = /(?:^|\/)(?:env(?:ironment)?s?|clusters|stages)$/i;
const COMMON = new Set([
  'base',
  'bases',
  'common',
  'shared',
  'components',
  'default',
  'global',
  'all',
  'templates',
  'charts',
  'values',
  'overlays',
  'apps',
]);

/** Which words of a path name an environment. */
export class EnvironmentNames {
  readonly #given: readonly string[];
  readonly #folders: ReadonlySet<string>;

  /**
   * @param given the environments in order, where somebody said them; else those that people know by their names.
   * @param folders all folders of the repository: what stands beside each other tells whether `test` is an environment.
   */
  constructor(given: readonly string[] = [], folders: Iterable<string> = []) {
    this.#given = given;
    this.#folders = new Set(
      [...folders].flatMap((path) => path.split('/').map((_, at, all) => all.slice(0, at + 1).join('/'))),
    );
  }

  /** Returns the environment that a folder's or object's name is of, or undefined. `payments-prod` is of `prod`, `prod-eu` of itself. */
  of(name: string): string | undefined {
    const label = labelOf(name);
    if (this.#given.length > 0)
      return this.#given.find((one) => one === label) ?? this.#given.find((one) => words(label).includes(one));
    const [first = '', ...rest] = words(label);
    if (rankOf(label) !== undefined) return label;
    // `prod-eu`, `staging2`: an environment of several; `payments-prod`: a service in one.
    if (rankOf(first) !== undefined && rest.every(isPlace)) return label;
    const last = rest.at(-1);
    return last !== undefined && rankOf(last) !== undefined && words(label).slice(0, -1).every(isPlace)
      ? label
      : undefined;
  }

  /** Returns the environment of a name that holds another word as well: `payments-prod` is of `prod`. */
  within(name: string): string | undefined {
    const label = labelOf(name);
    return (
      this.of(label) ??
      (this.#given.length > 0 ? undefined : words(label).findLast((word) => rankOf(word) !== undefined))
    );
  }

  /** Returns the environment that a path is of: the first folder on the way that is named after one. */
  ofPath(path: string): string | undefined {
    return this.placeIn(path)?.environment;
  }

  /** Returns the same with the place of that folder among those of the path. */
  placeIn(path: string): { readonly environment: string; readonly at: number } | undefined {
    const segments = path.split('/');
    for (const [at, segment] of segments.entries()) {
      const parent = segments.slice(0, at).join('/');
      const environment = this.of(segment);
      if (environment !== undefined && this.#isMeant(parent, segment)) return { environment, at };
      if (
        this.#given.length === 0 &&
        ENVIRONMENTS.test(parent) &&
        !COMMON.has(labelOf(segment)) &&
        labelOf(segment) !== ''
      )
        return { environment: labelOf(segment), at };
    }
    return undefined;
  }

  /** Returns whether a folder is an environment's: words such as `test` also mean something else. */
  #isMeant(parent: string, name: string): boolean {
    if (this.#given.length > 0 || words(labelOf(name)).some((word) => STRONG.includes(word))) return true;
    if (/(?:^|\/)(?:overlays?|env(?:ironment)?s?|clusters|stages)$/i.test(parent)) return true;
    return [...this.#folders].some((folder) => {
      const at = folder.lastIndexOf('/');
      return (
        folder.slice(0, Math.max(at, 0)) === parent &&
        words(labelOf(folder.slice(at + 1))).some((word) => STRONG.includes(word))
      );
    });
  }

  /** Returns the environment that some name is of for certain: one that hardly means anything else. */
  surely(name: string): string | undefined {
    const found = this.within(name);
    return found !== undefined && (this.#given.length > 0 || words(found).some((word) => STRONG.includes(word)))
      ? found
      : undefined;
  }

  /** Returns whether nothing says where an environment stands among the others. */
  isStrange(name: string): boolean {
    return !this.#given.includes(name) && words(name).every((word) => rankOf(word) === undefined);
  }

  /** Returns environments in the order in which recipes move, those that are abreast of each other together. */
  ordered(names: Iterable<string>): string[][] {
    const all = [...new Set(names)];
    if (this.#given.length > 0) {
      const rest = all.filter((name) => !this.#given.includes(name)).sort();
      return [...this.#given.filter((name) => all.includes(name)), ...rest].map((name) => [name]);
    }
    const ranked = new Map<number, string[]>();
    for (const name of all.sort()) {
      const rank = Math.max(...words(name).map((word) => rankOf(word) ?? -1));
      ranked.set(rank, [...(ranked.get(rank) ?? []), name]);
    }
    return [...ranked].sort(([a], [b]) => a - b).map(([, group]) => group);
  }
}

/** Returns a name as a lower-case DNS label. */
export function labelOf(name: string): string {
  const label = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return label === 'manifests' ? 'manifests-of' : label;
}

function words(label: string): string[] {
  return label === 'pre-prod' || label === 'pre-production' ? [label.replace('-', '')] : label.split('-');
}

function rankOf(word: string): number | undefined {
  const plain = word.replace('-', '').replace(/\d+$/, '');
  const rank = RANKS.findIndex((group) => group.includes(plain));
  return rank < 0 ? undefined : rank;
}

/** Returns whether a word says where, not what: a region, a cloud, a number. */
function isPlace(word: string): boolean {
  return /^(?:\d+|(?:us|eu|na|sa|ap|apac|emea|me|af|ca|uk|gb|de|fr|nl|ie|jp|au|in|sg|br|cn)\d*|gpu|non|east|west|north|south|central|europe|asia|euw|usw|use|hq|africa|america|cluster|blue|green|primary|secondary|us|eu|aws|gcp|azure|gke|eks|aks)$/.test(
    word,
  );
}

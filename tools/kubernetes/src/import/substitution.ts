import { isMap } from '@eleventh/core';

/** What Flux puts in place of `${NAME}` in what it built. */
export interface Substitution {
  readonly values: Readonly<Record<string, string>>;
  /** Whether there are others, in the cluster: what is not known here is theirs. */
  readonly isOpen: boolean;
}

/** Returns what `spec.postBuild` of a Flux `Kustomization` says, or undefined for one that says nothing. */
export function substitutionOf(postBuild: unknown): Substitution | undefined {
  if (!isMap(postBuild)) return undefined;
  const { substitute, substituteFrom } = postBuild;
  const values = Object.entries(isMap(substitute) ? substitute : {}).map(([name, value]) => [name, String(value)]);
  return {
    values: Object.fromEntries(values) as Record<string, string>,
    isOpen: Array.isArray(substituteFrom) && substituteFrom.length > 0,
  };
}

const VARIABLE = /\$?\$\{([_a-zA-Z][_a-zA-Z0-9]*)(?::?([=-])([^{}]*))?\}/g;

/** Returns what becomes of YAML that was built; objects that opt out stay. A variable that nobody here knows stays as well. */
export function substituted(yaml: string, { values, isOpen }: Substitution): string {
  return yaml
    .split(/^---\n/m)
    .map((document) => {
      if (/^ +kustomize\.toolkit\.fluxcd\.io\/substitute: "?disabled"?$/m.test(document)) return document;
      return document.replace(VARIABLE, (whole, name: string, _, fallback: string | undefined) => {
        if (whole.startsWith('$$')) return isOpen ? whole : whole.slice(1);
        if (isOpen && !Object.hasOwn(values, name)) return whole;
        return (Object.hasOwn(values, name) ? values[name] : undefined) ?? fallback ?? '';
      });
    })
    .join('---\n');
}

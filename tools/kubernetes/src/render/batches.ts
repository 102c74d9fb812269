import { overlayFolder, type Rendering } from '@eleventh/core';

/** A service to be rendered, with the text of every file that counts. */
export interface Source {
  readonly rendering: Rendering;
  readonly texts: ReadonlyMap<string, string>;
}

/** How many services are built in one run: starting a process costs as much as ten of them, and kustomize's time grows faster than its input. */
const MOST_TOGETHER = 40;

/** Fields of a kustomization whose effect does not end with it: what they do to one service they could do to the next. */
const SPREADING =
  /^\s*"?(?:crds|configurations|openapi|vars|generators|transformers|validators|configMapGenerator|secretGenerator|buildMetadata|sortOptions|namePrefix|nameSuffix|replacements)"?\s*:/im;
/** What kustomize prints otherwise once there is an annotation more. */
const NO_ANNOTATIONS = /annotations:[ \t]*(?:\{\s*\}|null|~)/;
const ORIGIN = 'config.kubernetes.io/origin';
const WORD = /[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?/g;
/** The lines below `metadata:`, or what stands behind it in braces. */
const METADATA = /^["']?metadata["']?:[ \t]*(?:\{(.*)\}[ \t]*$|(?:#.*)?\n((?:[ \t]+.*(?:\n|$)|[ \t]*\n)*))/gm;
const NAME = /(?:^|[\s{,])["']?name["']?:[ \t]*["']?([^\s"'#,}]+)/g;

/** Returns the services in portions that build together as each would alone: kustomize follows names across all of its input. */
export function portions(sources: readonly Source[]): Source[][] {
  const done: Source[][] = [];
  const open: { readonly members: Source[]; readonly names: Set<string>; readonly words: Set<string> }[] = [];
  for (const source of sources) {
    const names = isAlone(source) ? null : namesIn(source);
    if (names === null) {
      done.push([source]);
      continue;
    }
    const words = wordsIn(source);
    const fits = open.find(
      (one) => one.members.length < MOST_TOGETHER && areApart(names, one.words) && areApart(one.names, words),
    );
    const portion = fits ?? { members: [], names: new Set(), words: new Set() };
    if (fits === undefined) open.push(portion);
    portion.members.push(source);
    for (const name of names) portion.names.add(name);
    for (const word of words) portion.words.add(word);
  }
  return [...done, ...open.map(({ members }) => members)];
}

function isAlone({ texts }: Source): boolean {
  const all = [...texts.values()];
  const isPinned = all.some((text) => /^commonAnnotations:\n\s+eleventh\.dev\/commit: /m.test(text));
  return !isPinned || all.some((text) => SPREADING.test(text) || NO_ANNOTATIONS.test(text) || text.includes(ORIGIN));
}

/** Returns the names of the objects and more, or null where they cannot be told without reading all of the YAML. */
function namesIn({ texts }: Source): string[] | null {
  const names: string[] = [];
  for (const [path, text] of texts) {
    if (/(?:^|\/)[Kk]ustomization(?:\.ya?ml)?$/.test(path)) continue;
    const objects = text.match(/^["']?kind["']?:/gm)?.length ?? 0;
    const found = [...text.matchAll(METADATA)].map(([, braces = '', lines = '']) => [
      ...`${braces}${lines}`.matchAll(NAME),
    ]);
    if (objects === 0 || found.length !== objects || found.some((one) => one.length === 0)) return null;
    if (/^["']?items["']?:/m.test(text)) return null;
    names.push(...found.flat().map(([, name = '']) => name.toLowerCase()));
  }
  return names;
}

function wordsIn({ texts }: Source): Set<string> {
  return new Set([...texts.values()].flatMap((text) => text.toLowerCase().match(WORD) ?? []));
}

function areApart(names: Iterable<string>, words: ReadonlySet<string>): boolean {
  for (const name of names) if (words.has(name)) return false;
  return true;
}

/** Returns the kustomization that builds some services together, each object marked with the file it came from. @param up leads from it to the root. */
export function togetherFile(sources: readonly Source[], up: string): string {
  const folders = sources.map(
    ({ rendering: { environment, service } }) => `${up}${overlayFolder(environment, service)}`,
  );
  return `${[
    'apiVersion: kustomize.config.k8s.io/v1beta1',
    'kind: Kustomization',
    'buildMetadata: [originAnnotations]',
    'resources:',
    ...folders.map((folder) => `  - ${folder}`),
  ].join('\n')}\n`;
}

const MARK = /^ {4}config\.kubernetes\.io\/origin: \|\n {6}path: (.+)\n/m;

/**
 * Returns what each of some services comes to, from what kustomize printed of all of them, without the marks; null when
 * an object cannot be told to be one of theirs.
 */
export function apart(printed: string, sources: readonly Source[]): string[] | null {
  const documents = sources.map((): string[] => []);
  const owners = new Map<string, number>(
    sources.flatMap(({ rendering: { environment, service } }, index) => [
      [`apps/${service}/`, index] as const,
      [`${overlayFolder(environment, service)}/`, index] as const,
    ]),
  );
  for (const document of printed === '' ? [] : printed.split(/^---\n/m)) {
    const [mark, path = ''] = MARK.exec(document) ?? [];
    const from = path.replace(/^(?:\.\.\/)+/, '');
    const owner = [...parents(from)].map((folder) => owners.get(folder)).find((index) => index !== undefined);
    if (mark === undefined || owner === undefined || document.split(ORIGIN).length !== 2) return null;
    documents[owner]?.push(document.replace(mark, ''));
  }
  return documents.map((all) => all.join('---\n'));
}

function* parents(path: string): Generator<string> {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) yield path.slice(0, end + 1);
}

import { isMap, localPath, matchesGlob } from '@eleventh/core';
import { type EnvironmentNames, labelOf } from './environment-name.ts';
import { mapOf, mapsOf, strings } from './kustomization-text.ts';
import { folderOf, nameOf, type RepositoryFiles, repositoryName, valuesOf } from './repository-files.ts';
import type { Found, Root, Settings, Unplaced } from './root.ts';

type Fields = Readonly<Record<string, unknown>>;

/** An Application, as it is written or as an ApplicationSet makes it. */
interface Application {
  readonly file: string;
  readonly name: string;
  readonly spec: Fields;
}

/** Returns what Argo CD's `Application`s and `ApplicationSet`s apply of this repository. @param own what the repository is called */
export async function findArgo(
  files: RepositoryFiles,
  names: EnvironmentNames,
  own: readonly string[],
): Promise<Found> {
  const { applications, kept, notes } = await allApplications(files);
  const isOwn = ownRepository(applications, files, own);
  const roots: Root[] = [];
  const unplaced: Unplaced[] = [];
  const here = new Set<string>();
  for (const one of applications) {
    const environment = environmentOf(one, names);
    const sources = one.spec.source === undefined ? mapsOf(one.spec.sources) : [mapOf(one.spec.source)];
    const path = sources.length === 1 ? folderIn(sources[0] ?? {}) : null;
    const source = sources[0] ?? {};
    const chart = path === null ? undefined : files.chartOf(path);
    if (
      path === null ||
      !isOwn(source) ||
      !files.hasFolder(path) ||
      chart !== undefined ||
      isMap(source.helm) ||
      isMap(source.plugin)
    ) {
      kept.add(one.file);
      if (chart !== undefined && path !== null)
        notes.push(
          `${one.file}: ${one.name} is the Helm chart ${path}; the Application is kept as a manifest, and goes on to name it where it is now.`,
        );
      continue;
    }
    here.add(one.file);
    const namespace = mapOf(one.spec.destination).namespace;
    roots.push({
      ...{
        environment,
        folder: path,
        by: one.file,
        name: labelOf(one.name),
        settings: settingsOf(mapOf(source.kustomize)),
      },
      ...directory(path, mapOf(source.directory), files),
      defaultNamespace: typeof namespace === 'string' && namespace !== '' ? namespace : undefined,
    });
  }
  const wiring = new Set([...here].filter((file) => !kept.has(file)));
  for (const file of [...here].filter((one) => kept.has(one)))
    notes.push(
      `${file} has Applications of this repository beside others: the whole file is kept as a manifest, so take them out of it.`,
    );
  for (const file of kept) roots.push(await keptRoot(file, files, names, applications));
  for (const file of files.paths) if (await isProject(files, file, wiring)) wiring.add(file);
  if (applications.length > 0 || kept.size > 0)
    notes.unshift(
      `Argo CD: ${applications.length} Applications, of which ${roots.filter(({ isKept }) => isKept !== true).length} apply folders of this repository`,
    );
  return { roots, unplaced, wiring, notes };
}

/** Returns whether a file holds nothing but AppProjects beside what points at folders: they say who may, not what runs. */
async function isProject(files: RepositoryFiles, file: string, wiring: ReadonlySet<string>): Promise<boolean> {
  if (wiring.size === 0) return false;
  const documents = (await files.documents(file)).filter((one) => one !== null);
  return (
    documents.length > 0 &&
    documents.every((one) => isArgo(one, 'AppProject') || (isArgo(one, 'Application') && wiring.has(file)))
  );
}

/** Returns the root of a file that stays a manifest. */
async function keptRoot(
  file: string,
  files: RepositoryFiles,
  names: EnvironmentNames,
  applications: readonly Application[],
): Promise<Root> {
  const first = applications.find((one) => one.file === file);
  const [document] = (await files.documents(file)).filter((one) => one !== null);
  const name = String(mapOf(mapOf(document).metadata).name ?? nameOf(file).replace(/\.\w+$/, ''));
  const environment = first === undefined ? (names.ofPath(folderOf(file)) ?? '') : environmentOf(first, names);
  return { environment, folder: folderOf(file), files: [file], by: file, name: labelOf(name), isKept: true };
}

async function allApplications(
  files: RepositoryFiles,
): Promise<{ applications: Application[]; kept: Set<string>; notes: string[] }> {
  const applications: Application[] = [];
  const kept = new Set<string>();
  const notes: string[] = [];
  for (const file of files.paths) {
    if (files.chartOf(folderOf(file)) !== undefined) continue;
    for (const document of await files.documents(file)) {
      const { metadata, spec } = mapOf(document);
      const name = String(mapOf(metadata).name ?? '');
      if (isArgo(document, 'Application')) applications.push({ file, name, spec: mapOf(spec) });
      if (!isArgo(document, 'ApplicationSet')) continue;
      const made = await generated(file, mapOf(spec), files);
      if (made === null) {
        kept.add(file);
        notes.push(`${file}: the ApplicationSet ${name} asks what is not in the repository; it is kept as a manifest.`);
      } else applications.push(...made);
    }
  }
  return { applications, kept, notes };
}

function isArgo(document: unknown, wanted: string): boolean {
  const { apiVersion, kind } = mapOf(document);
  return typeof apiVersion === 'string' && apiVersion.startsWith('argoproj.io/') && kind === wanted;
}

/** Returns the Applications that an ApplicationSet makes, or null where that is not known from the repository alone. */
async function generated(file: string, spec: Fields, files: RepositoryFiles): Promise<Application[] | null> {
  const made: Application[] = [];
  // A patch of each Application may make anything of it.
  if (!isMap(spec.template) || spec.templatePatch !== undefined) return null;
  for (const generator of mapsOf(spec.generators)) {
    const parameters = await parametersOf(generator, files);
    if (parameters === null) return null;
    for (const given of parameters) {
      const template = fill(spec.template, given);
      const { metadata, spec: inner } = mapOf(template);
      if (JSON.stringify(template).includes('{{')) return null;
      made.push({ file, name: String(mapOf(metadata).name ?? ''), spec: mapOf(inner) });
    }
  }
  return made;
}

type Parameters = Readonly<Record<string, string>>;

async function parametersOf(generator: unknown, files: RepositoryFiles): Promise<Parameters[] | null> {
  const { list, git, matrix, selector } = mapOf(generator);
  // A generator may leave some out, or have a template of its own.
  if (selector !== undefined || [list, git, matrix].some((one) => isMap(one) && one.template !== undefined))
    return null;
  if (isMap(list)) return mapsOf(list.elements).map((element) => flat(element));
  if (isMap(git)) return gitParameters(git, files);
  if (isMap(matrix)) {
    const [first, second] = mapsOf(matrix.generators);
    const outer = await parametersOf(first, files);
    if (outer === null) return null;
    const all: Parameters[] = [];
    for (const given of outer) {
      const inner = await parametersOf(fill(second, given), files);
      if (inner === null) return null;
      all.push(...inner.map((one) => ({ ...given, ...one })));
    }
    return all;
  }
  return null;
}

async function gitParameters(
  { directories, files: wanted }: Fields,
  files: RepositoryFiles,
): Promise<Parameters[] | null> {
  const found: Parameters[] = [];
  const every = new Set(
    files.folders.flatMap((folder) => folder.split('/').map((_, index, all) => all.slice(0, index + 1).join('/'))),
  );
  const out = mapsOf(directories).filter(({ exclude }) => exclude === true);
  const fits = (folder: string, list: readonly Fields[]) => list.some(({ path }) => matchesGlob(String(path), folder));
  for (const folder of [...every].sort()) {
    if (
      fits(
        folder,
        mapsOf(directories).filter(({ exclude }) => exclude !== true),
      ) &&
      !fits(folder, out)
    )
      found.push(pathParameters(folder));
  }
  for (const { path } of mapsOf(wanted)) {
    for (const file of files.paths.filter((one) => matchesGlob(String(path), one))) {
      const values = valuesOf(new TextDecoder().decode((await files.snapshot.read(file)) ?? new Uint8Array()));
      if (values === null) return null;
      for (const value of values.flat()) found.push({ ...flat(value), ...pathParameters(folderOf(file)) });
    }
  }
  return found;
}

function pathParameters(folder: string): Parameters {
  const segments = folder.split('/');
  const [base = ''] = segments.slice(-1);
  return {
    path: folder,
    'path.path': folder,
    'path.basename': base,
    'path.basenameNormalized': labelOf(base),
    ...Object.fromEntries(
      segments.flatMap((segment, index) => [
        [`path[${index}]`, segment],
        [`path.segments[${index}]`, segment],
        [`index .path.segments ${index}`, segment],
      ]),
    ),
  };
}

/** Returns the values of a map by their paths. */
function flat(value: unknown, prefix = ''): Record<string, string> {
  if (!isMap(value)) return { [prefix.slice(0, -1)]: String(value) };
  return Object.assign({}, ...Object.entries(value).map(([key, inner]) => flat(inner, `${prefix}${key}.`))) as Record<
    string,
    string
  >;
}

/** Returns a template with its parameters in place; what is not known stays. */
function fill(template: unknown, given: Parameters): unknown {
  if (typeof template === 'string')
    return template.replace(
      /\{\{-?\s*\.?([^{}]*?)\s*-?\}\}/g,
      (whole, name: string) => given[name] ?? given[name.replace(/^values\./, '')] ?? whole,
    );
  if (Array.isArray(template)) return template.map((item) => fill(item, given));
  return isMap(template)
    ? Object.fromEntries(Object.entries(template).map(([key, inner]) => [key, fill(inner, given)]))
    : template;
}

function folderIn({ path, chart }: Fields): string | null {
  return typeof path === 'string' && chart === undefined ? localPath('x', path.replace(/\/+$/, '') || '.') : null;
}

/** Returns what tells whether a source is this repository: by what that is called, else the one that most Applications name. */
function ownRepository(
  applications: readonly Application[],
  files: RepositoryFiles,
  own: readonly string[],
): (source: Fields) => boolean {
  const sources = applications.flatMap(({ spec }) =>
    spec.source === undefined ? mapsOf(spec.sources) : [mapOf(spec.source)],
  );
  const byName = (source: Fields) => own.includes(repositoryName(String(source.repoURL)));
  if (sources.some(byName)) return byName;
  const counts = new Map<string, number>();
  for (const source of sources) {
    const folder = folderIn(source);
    if (folder === null || folder === '' || !files.hasFolder(folder)) continue;
    const url = String(source.repoURL);
    counts.set(url, (counts.get(url) ?? 0) + 1);
  }
  const most = [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
  return (source) => most !== undefined && String(source.repoURL) === most;
}

function environmentOf({ file, name, spec }: Application, names: EnvironmentNames): string {
  const destination = mapOf(spec.destination);
  const path = String(mapOf(spec.source).path ?? '');
  const places = [destination.name, destination.namespace].filter((one) => typeof one === 'string');
  return (
    names.ofPath(path) ??
    names.ofPath(folderOf(file)) ??
    names.surely(name) ??
    places.map((one) => names.surely(one)).find((one) => one !== undefined) ??
    ''
  );
}

function settingsOf({
  namespace,
  namePrefix,
  nameSuffix,
  images,
  patches,
  components,
  commonLabels,
  commonAnnotations,
  replicas,
}: Fields): Settings {
  return {
    ...(typeof namespace === 'string' && { namespace }),
    ...(typeof namePrefix === 'string' && { namePrefix }),
    ...(typeof nameSuffix === 'string' && { nameSuffix }),
    ...(strings(images).length > 0 && { images: strings(images).map(imageOf) }),
    ...(mapsOf(patches).length > 0 && { patches: mapsOf(patches) }),
    ...(strings(components).length > 0 && { components: strings(components) }),
    ...(isMap(commonLabels) && { commonLabels: commonLabels as Record<string, string> }),
    ...(isMap(commonAnnotations) && { commonAnnotations: commonAnnotations as Record<string, string> }),
    ...(mapsOf(replicas).length > 0 && { replicas: mapsOf(replicas) }),
  };
}

/** Returns an image as a kustomization has it: Argo CD writes `name=new:tag`, `name:tag` and `name@digest`. */
function imageOf(text: string): Fields {
  const [first = '', second] = text.split('=');
  const [place = '', digest] = (second ?? first).split('@');
  const colon = place.indexOf(':', place.lastIndexOf('/') + 1);
  const [repository, tag] = colon < 0 ? [place, undefined] : [place.slice(0, colon), place.slice(colon + 1)];
  const name = second === undefined ? repository : first;
  return {
    name,
    ...(name !== repository && { newName: repository }),
    ...(tag !== undefined && { newTag: tag }),
    ...(digest !== undefined && { digest }),
  };
}

/** Returns the files of a folder without a kustomization: those in it, and with `recurse` those below. */
function directory(folder: string, { recurse, include, exclude }: Fields, files: RepositoryFiles): Pick<Root, 'files'> {
  if (files.kustomizationOf(folder) !== undefined) return {};
  const all = (recurse === true ? files.below(folder) : files.in(folder)).filter((path) =>
    /\.(?:ya?ml|json)$/.test(path),
  );
  const fits = (pattern: unknown, path: string) =>
    matchesGlob(String(pattern).replace(/^\{(.*)\}$/, '$1'), path.slice(folder === '' ? 0 : folder.length + 1));
  return {
    files: all.filter(
      (path) =>
        (typeof include !== 'string' || fits(include, path)) && (typeof exclude !== 'string' || !fits(exclude, path)),
    ),
  };
}

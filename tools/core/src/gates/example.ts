import { Evidence } from '../evidence/evidence.ts';
import type { Described, Statement, Subject } from '../evidence/statement.ts';
import { formatStatement } from '../evidence/statement-file.ts';
import { pathOf, signaturePath } from '../evidence/statement-path.ts';
import type { AllowedSigners } from '../files/allowed-signers.ts';
import { parseDuration } from '../files/duration.ts';
import type { Environment } from '../files/environment.ts';
import { formatPin, type Pin, pinPath } from '../files/pin.ts';
import type { ExampleService, Given } from '../files/policy-examples.ts';
import { recipeOf } from '../history/deployment.ts';
import { MemoryRepository } from '../history/memory-repository.ts';
import { formatMessage, type Trailer } from '../history/message.ts';
import { serviceChanges } from '../history/release.ts';
import type { Snapshot } from '../history/snapshot.ts';
import { findEnvironment, readService, type Workspace } from '../history/workspace.ts';
import { EMPTY_TREE, type Oid } from '../names/object-id.ts';
import { isoTime } from '../names/time.ts';
import type { Entry } from './gate.ts';

const ROOT = 'Start\n';

/**
 * Returns what gates are asked with for an example: a repository that holds just the history and the statements that it
 * gives, beside the workspace as it is. Throws `UNKNOWN_ENVIRONMENT`.
 */
export async function exampleEntry(workspace: Workspace, environment: Environment, given: Given): Promise<Entry> {
  const repository = new MemoryRepository();
  const now = Date.parse(given.at);
  const from = findEnvironment(workspace, given.from ?? environment.from[0] ?? environment.name);
  const pins = await Promise.all(given.services.map((one) => pinsOf(repository, workspace, one)));
  const nothing = repository.snapshot(EMPTY_TREE);
  const before = await nothing.with(pins.flatMap(({ before: pin, name }) => (pin === null ? [] : [put(name, pin)])));
  const after = await before.with(pins.map(({ after: pin, name }) => put(name, pin)));
  const since = now / 1000 - (parseDuration(given.soaked ?? '') ?? 0);
  const tip = await deploy(repository, from.branch, before, given.services, after, since);
  const recipe = await recipeOf(after);
  const changes = await serviceChanges(before, after);
  await attest(repository, workspace, environment, given, recipe);
  const view = { ...repository.view, signingKey: () => KEY };
  return {
    view,
    workspace: given.signed ? { ...workspace, signers: EVERYBODY } : workspace,
    evidence: await Evidence.in(view, workspace),
    environment,
    key: given.signed ? KEY : undefined,
    way: given.way === 'pin' ? 'promotion' : given.way,
    entering: new Map(changes.flatMap(({ id, after: pin }) => (pin === null ? [] : [[id, pin] as const]))),
    changes,
    recipe,
    source: given.way === 'pin' ? undefined : { name: from.name, from, commit: tip },
    who: given.who === undefined ? undefined : person(given.who),
    ticket: given.ticket,
    asksRequires: false,
    breakGlass: given.breakGlass ? 'so says the example' : undefined,
    now,
  };
}

/** Returns the pins of a service that is there, and of the build that would enter. */
async function pinsOf(repository: MemoryRepository, workspace: Workspace, service: ExampleService) {
  const { name, branch, version, built, digest } = service;
  const repositories = (await readService(workspace, name))?.images ?? [`registry.example.com/${name}`];
  const pin = (build: Pick<Pin, 'commit' | 'branch' | 'version' | 'built'>): Pin => ({
    ...build,
    resources: [],
    images: repositories.map((image) => ({
      name: image,
      repository: image,
      tag: build.commit,
      ...(digest ? { digest: `sha256:${build.commit.padEnd(64, '0')}` } : {}),
    })),
  });
  const earlier = { commit: repository.idOf(`commit of ${name} before`), branch, version: service.before };
  return {
    name,
    before: service.before === undefined ? null : pin(earlier),
    after: pin({ commit: commitOf(repository, service), branch, version, built }),
  };
}

function commitOf(repository: MemoryRepository, { name }: ExampleService): Oid {
  return repository.idOf(`commit of ${name}`);
}

function put(name: string, pin: Pin) {
  return { path: pinPath(name), put: { file: formatPin(pin) } };
}

/** Pins each service on a branch, all of them at one time (in seconds since 1970); returns the newest commit. */
async function deploy(
  repository: MemoryRepository,
  branch: string,
  before: Snapshot,
  services: readonly ExampleService[],
  after: Snapshot,
  time: number,
): Promise<Oid> {
  let tip = repository.commit(branch, before, ROOT, time);
  let state = before;
  for (const { name, authors } of services) {
    const path = `apps/${name}`;
    state = await state.with([{ path, put: { tree: (await after.entry(path))?.oid ?? EMPTY_TREE } }]);
    const trailers: Trailer[] = [
      ['Service', name],
      ...authors.map((author): Trailer => ['Change-Author', `${author} <${author}>`]),
      ['Recipe', await recipeOf(state)],
    ];
    tip = repository.commit(branch, state, formatMessage({ subject: `Pin ${name}`, body: '', trailers }), time);
  }
  return tip;
}

/** Records every statement that an example gives, as made at its present. */
async function attest(
  repository: MemoryRepository,
  { attestations, commit: workspace }: Workspace,
  environment: Environment,
  given: Given,
  recipe: Oid,
): Promise<void> {
  const time = isoTime(Date.parse(given.at) / 1000);
  const said = (subject: Exampled, by = 'ci@example.com') => ({
    subject,
    described: described(subject),
    by: person(by),
    time,
  });
  const about = (subject: Exampled, { tests, blocked }: Pick<Given, 'tests' | 'blocked'>): Statement[] => [
    ...Object.entries(tests).map(
      ([suite, result]): Statement => ({ ...said(subject), kind: 'test', suite, result: RESULTS[result], workspace }),
    ),
    ...(blocked ? [{ ...said(subject), kind: 'block', reason: 'so says the example' } as const] : []),
  ];
  const statements = [
    ...about({ kind: 'recipe', recipe }, given),
    ...given.approvals.map((email): Statement => {
      return { ...said({ kind: 'recipe', recipe }, email), kind: 'approval', environment: environment.name };
    }),
    ...given.services.flatMap((service) =>
      about({ kind: 'build', service: service.name, commit: commitOf(repository, service) }, service),
    ),
  ];
  const files = statements.map((statement) => {
    const text = formatStatement(statement);
    const path = pathOf(statement, repository.idOf(`file ${text}`));
    return given.signed
      ? ([
          [path, text],
          [signaturePath(path), SIGNATURE],
        ] as const)
      : ([[path, text]] as const);
  });
  const state = repository.snapshot(repository.treeOf(new Map(files.flat())));
  repository.commit(attestations, state, ROOT, Date.parse(given.at) / 1000);
}

/** The key with which everybody of an example signs, and its signature of anything. */
const KEY = 'ssh-ed25519 AAAA';
const SIGNATURE = '-----BEGIN SSH SIGNATURE-----\n';
const EVERYBODY: AllowedSigners = { lines: [{ principals: ['*'], key: KEY }], problem: null };

/** What an example says something of. */
type Exampled = Extract<Subject, { kind: 'recipe' | 'build' }>;

const RESULTS = { passed: 'PASSED', warned: 'WARNED', failed: 'FAILED' } as const;

function described(subject: Exampled): readonly Described[] {
  if (subject.kind === 'recipe') return [{ name: 'apps', digest: { gitTree: subject.recipe } }];
  return [{ name: `apps/${subject.service}`, digest: { gitCommit: subject.commit } }];
}

function person(email: string) {
  return { name: email, email };
}

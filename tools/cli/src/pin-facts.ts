import { readFileSync } from 'node:fs';
import {
  type Build,
  branchName,
  type Image,
  isOid,
  type Oid,
  type PinRequest,
  parseImage,
  parseVersion,
  quoted,
  serviceId,
  usageError,
} from '@eleventh/core';
import { utcTime } from './build-facts.ts';
import { type CiBuild, ciBuild } from './ci-variables.ts';
import type { Io } from './io.ts';
import { readManifestsFolder } from './manifests-folder.ts';
import { changesSince } from './service-changes.ts';
import { commitTime, type ServiceCheckout, serviceCheckout } from './service-checkout.ts';
import { sourceUrl } from './source-url.ts';

/** What a person or a batch line says of a pin; the rest is found out. */
export interface PinOptions {
  readonly image?: readonly string[] | undefined;
  readonly commit?: string | undefined;
  readonly branch?: string | undefined;
  readonly version?: string | undefined;
  readonly built?: string | undefined;
  readonly source?: string | undefined;
  readonly manifests?: string | undefined;
  readonly to?: string | undefined;
  readonly allowDowngrade?: boolean | undefined;
  readonly ticket?: string | undefined;
}

/** What surrounds a pin: the CI system and the service's checkout, asked once for any number of pins. */
export interface Surroundings {
  readonly ci: CiBuild | null;
  readonly checkout: ServiceCheckout | null;
}

export async function surroundings(io: Io): Promise<Surroundings> {
  const read = (path: string): string | null => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      return null;
    }
  };
  return { ci: ciBuild(io.env, read), checkout: await serviceCheckout(io.cwd, io.env) };
}

/**
 * Returns the request for a pin: what was said, then what the CI's variables say of that commit, then what the
 * service's checkout knows of it, then the defaults (branch `main`, built now).
 */
export async function pinRequest(
  id: string,
  options: PinOptions,
  { ci, checkout }: Surroundings,
  io: Io,
): Promise<PinRequest> {
  const service = serviceId(id);
  const images = options.image?.map(parseImage);
  refuseTwice(images);
  const commit = commitOf(options.commit ?? ci?.commit ?? checkout?.commit, service);
  // What surrounds the command counts only if it is about this commit.
  const run = ci !== null && (ci.commit === undefined || ci.commit === commit) ? ci : null;
  const time = checkout === null ? null : await commitTime(checkout, commit);
  const own = time === null ? null : checkout;
  const known = options.built === undefined ? (time ?? run?.built) : builtOf(options.built);
  const branch =
    options.branch ?? run?.branch ?? (own?.commit === commit ? own.branch : null) ?? defaultBranch(run, service);
  const build: Build = {
    commit,
    branch: branchName(branch),
    built: known ?? utcTime(io.now()),
    source: options.source === undefined ? (run?.source ?? own?.source ?? undefined) : sourceOf(options.source),
    version: options.version === undefined ? undefined : parseVersion(options.version),
  };
  return {
    id: service,
    to: options.to,
    images,
    build,
    isBuiltKnown: known !== undefined,
    manifests: options.manifests === undefined ? undefined : await readManifestsFolder(options.manifests, io.cwd),
    allowDowngrade: options.allowDowngrade,
    ticket: options.ticket,
    run: run?.run,
    changesSince: own === null ? undefined : (from) => changesSince(own, from, commit),
  };
}

function commitOf(text: string | undefined, service: string): Oid {
  const commit = text?.toLowerCase();
  if (commit !== undefined && isOid(commit)) return commit;
  const problem =
    text === undefined
      ? `No commit of ${service} is named, and neither CI nor a checkout tells it.`
      : `${quoted(text)} is not a commit: it takes all 40 hexadecimal digits.`;
  throw usageError('BAD_COMMIT', problem, '--commit "$(git rev-parse HEAD)"');
}

/** A CI system that names the commit but no branch builds a tag or a change of unknown origin: it must not pass as `main`. */
function defaultBranch(run: CiBuild | null, service: string): string {
  if (run?.commit === undefined) return 'main';
  throw usageError(
    'NO_BRANCH',
    `${run.system} does not say from which branch it builds ${service}.`,
    '--branch <branch of the service>',
  );
}

function builtOf(text: string): string {
  const time = utcTime(text);
  if (time !== undefined) return time;
  throw usageError(
    'BAD_TIME',
    `${quoted(text)} is not a time.`,
    'Write RFC 3339: --built "$(git show -s --format=%cI HEAD)"',
  );
}

function sourceOf(text: string): string {
  const source = sourceUrl(text);
  if (source !== null) return source;
  throw usageError(
    'BAD_SOURCE',
    `${quoted(text)} is not the address of a repository.`,
    '--source https://github.com/acme/payments',
  );
}

function refuseTwice(images: readonly Image[] | undefined): void {
  const repositories = (images ?? []).map(({ repository }) => repository);
  const twice = repositories.find((repository, index) => repositories.indexOf(repository) !== index);
  if (twice !== undefined)
    throw usageError('IMAGE_TWICE', `The image ${twice} is given twice.`, 'Name each repository once.');
}

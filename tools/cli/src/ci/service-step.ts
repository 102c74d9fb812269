import { isRepository, parseImage, type ServiceId, usageError } from '@eleventh/core';
import type { Host } from './host.ts';
import { scriptOf, word } from './script.ts';

export interface ServiceRequest {
  readonly id: ServiceId;
  /** The environment; absent: the workspace's first. */
  readonly environment?: string | undefined;
  /** Image references; one with neither tag nor digest comes with the digest that the build made. */
  readonly images: readonly string[];
  readonly manifests?: string | undefined;
  readonly isNotifying: boolean;
  readonly renders: boolean;
  readonly defaultBranch: string;
}

/** The step of a service's pipeline that comes after the build of its image. */
export interface ServiceStep {
  readonly id: ServiceId;
  /** The variables that hold the digests of the images. */
  readonly digests: readonly string[];
  readonly isNotifying: boolean;
  readonly script: string;
}

/** The secret with which a service has the deployment repository drained, and nothing else. */
export const DRAIN_VARIABLE = 'ELEVENTH_DRAIN_TOKEN';

/** Returns the step for a host; throws `BAD_IMAGE`, and `NO_EVENT` where a host cannot be told that something waits. */
export function serviceStep(request: ServiceRequest, host: Host): ServiceStep {
  const { id, environment, manifests, isNotifying, renders, defaultBranch } = request;
  if (isNotifying && host.notifyLines === null) {
    throw usageError(
      'NO_EVENT',
      `${host.title} has no call for that: its job looks every few minutes by itself.`,
      `eleventh ci ${host.name} --service ${id}`,
    );
  }
  const images = request.images.map((text) => imageOption(text, request.images));
  const digests = images.flatMap(({ variable }) => (variable === null ? [] : [variable]));
  const line = [
    `eleventh pin ${id}`,
    ...(environment === undefined ? [] : [`--to ${environment}`]),
    ...images.map(({ option }) => `--image ${option}`),
    ...(manifests === undefined ? [] : [`--manifests ${word(manifests)}`]),
  ].join(' ');
  const lines = [
    ...digests.flatMap(host.digestLines),
    ...(isNotifying ? [...(host.notifyLines?.(defaultBranch) ?? []), ...notifying(line)] : [line]),
  ];
  return { id, digests, isNotifying, script: scriptOf({ key: 'deploy', renders }, lines) };
}

/** Returns an image as the command line takes it, and the variable of its digest. @param all the images of the step. */
function imageOption(text: string, all: readonly string[]): { option: string; variable: string | null } {
  const last = text.slice(text.lastIndexOf('/') + 1);
  if (/[:@]/.test(last)) {
    parseImage(text);
    return { option: word(text), variable: null };
  }
  if (!isRepository(text)) parseImage(text);
  const variable = all.length === 1 ? 'DIGEST' : `${ownName(text, all)}_DIGEST`;
  return { option: `"${text}@$${variable}"`, variable };
}

/** Returns as many of the last parts of a repository's name as no other has, as the name of a variable. */
function ownName(text: string, all: readonly string[]): string {
  const parts = text.split('/');
  const nameOf = (repository: string, count: number) =>
    repository
      .split('/')
      .slice(-count)
      .join('_')
      .toUpperCase()
      .replace(/[^A-Z0-9]/g, '_');
  const isOwn = (count: number) => all.every((one) => one === text || nameOf(one, count) !== nameOf(text, count));
  const count = parts.findIndex((_, index) => isOwn(index + 1)) + 1;
  // Two that only signs tell apart have numbers.
  const name = count > 0 ? nameOf(text, count) : `${nameOf(text, parts.length)}_${all.indexOf(text) + 1}`;
  return /^[0-9]/.test(name) ? `IMAGE_${name}` : name;
}

/** Returns the lines of a pin that says when it waits: the request has to be there before anybody is called. */
function notifying(line: string): string[] {
  return [
    '# Where this key may not write the branch, the pin leaves a request and waits until it was committed.',
    `${line} &`,
    'pin=$!',
    'while kill -0 "$pin" 2> /dev/null; do',
    `  if git ls-remote --exit-code "$ELEVENTH_REPO" 'refs/eleventh/requests/*' > /dev/null; then`,
    "    notify || echo 'Nobody could be called: the request waits for the next scheduled run.' >&2",
    '    break',
    '  fi',
    '  sleep 2',
    'done',
    'wait "$pin"',
  ];
}

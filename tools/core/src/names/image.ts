import { usageError } from '../error.ts';
import { quoted } from './names.ts';

/** An image reference taken apart: `repository[:tag][@digest]`. */
export interface Image {
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: string;
}

// The grammar of the OCI distribution project's reference package.
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST =
  '(?:[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?(?:\\.[a-zA-Z0-9](?:[-a-zA-Z0-9]*[a-zA-Z0-9])?)*(?::[0-9]+)?/)';
const REPOSITORY = new RegExp(`^${HOST}?${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Returns whether the text is an image repository without tag and digest. */
export function isRepository(text: string): boolean {
  return text.length <= 255 && REPOSITORY.test(text);
}

/** Returns the parts of a reference without judging them: the last colon after the last slash starts the tag. */
export function splitImage(text: string): Image {
  const [name = '', ...digests] = text.split('@');
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
  return {
    repository: colon < 0 ? name : name.slice(0, colon),
    ...(colon < 0 ? {} : { tag: name.slice(colon + 1) }),
    ...(digests.length === 0 ? {} : { digest: digests.join('@') }),
  };
}

/** Returns an image reference, or throws `BAD_IMAGE`; `latest` and a name alone are refused, for they name no build. */
export function parseImage(text: string): Image {
  const image = splitImage(text);
  if (
    !isRepository(image.repository) ||
    (image.tag !== undefined && !TAG.test(image.tag)) ||
    (image.digest !== undefined && !DIGEST.test(image.digest))
  ) {
    throw usageError(
      'BAD_IMAGE',
      `${quoted(text)} is not an image reference.`,
      'Write repository:tag, repository@sha256:… or repository:tag@sha256:…',
    );
  }
  if (image.digest === undefined && (image.tag === undefined || image.tag === 'latest')) {
    throw usageError(
      'IMAGE_NOT_PINNED',
      `${quoted(text)} names no particular build${image.tag === undefined ? ': it has neither tag nor digest' : ''}.`,
      `Name the build: --image ${image.repository}:<commit> or --image ${image.repository}@sha256:…`,
    );
  }
  return image;
}

/** Returns the reference as text. */
export function formatImage(image: Image): string {
  return `${image.repository}${image.tag === undefined ? '' : `:${image.tag}`}${image.digest === undefined ? '' : `@${image.digest}`}`;
}

/** Returns the last segment of a repository: `payments` of `ghcr.io/acme/payments`. */
export function lastSegment(repository: string): string {
  return repository.slice(repository.lastIndexOf('/') + 1);
}

/** Returns whether two names mean one repository; Docker Hub's short forms are expanded. */
export function sameRepository(a: string, b: string): boolean {
  return expanded(a) === expanded(b);
}

function expanded(repository: string): string {
  const path = repository.replace(/^(?:index\.)?docker\.io\//, '');
  const host = path.includes('/') ? (path.split('/')[0] ?? '') : '';
  if (path === repository && (/[.:]/.test(host) || host === 'localhost')) return path;
  return `docker.io/${path.includes('/') ? path : `library/${path}`}`;
}

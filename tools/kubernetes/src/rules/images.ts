import { nameInManifests, sameRepository, splitImage } from '@eleventh/core';
import { text } from '../summary/fields.ts';
import { containersOf, podOf } from '../summary/pods.ts';
import type { Report, ServiceRule, ServiceSubject } from './rule.ts';

/** A tag that is a commit, or holds one whole: `3f2c9e1…` (40 characters), `main-3f2c9e1…`. */
const COMMIT = /(?:^|[^0-9a-f])(?:[0-9a-f]{40}|[0-9a-f]{64})(?:$|[^0-9a-f])/;
/** A tag with a version of two numbers or more, a date, or a short commit. */
const VERSION =
  /(?:^|[^0-9])\d+[._-]\d+|(?:^|[^0-9])\d{8,}|(?:^|[-_.])(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{7,}(?:$|[-_.])/;

/** Returns what each image of the service's pods is judged to be. */
function* images({ objects, images: own }: ServiceSubject) {
  for (const object of objects) {
    const pod = podOf(object);
    const isPinned = Object.hasOwn(object.metadata.annotations ?? {}, 'eleventh.dev/commit');
    for (const { value, path, name } of pod === undefined ? [] : containersOf(pod)) {
      const image = text(value.image);
      // A variable is filled in later, with what nobody knows here.
      if (image === undefined || /[${}<>\s]/.test(image)) continue;
      const parts = splitImage(image);
      // A service that no CI has pinned yet names its own images bare: the first pin says which.
      if (
        !isPinned &&
        parts.tag === undefined &&
        own.some((each) => nameInManifests(each, new Set([parts.repository])))
      )
        continue;
      yield { object, path: [...path, 'image'], container: name, image, ...parts };
    }
  }
}

export const imageLatest: ServiceRule = {
  id: 'image-latest',
  severity: 'error',
  title: 'An image is the latest one, whichever that is.',
  what: 'An image of a container without tag and digest, or with the tag `latest`.',
  why: 'What runs is decided when a node pulls the image: two pods of one Deployment may differ, the recipe does not say what was tested, and nothing brings it back.',
  mend: 'Let the service’s CI pin it: `eleventh pin <service> --image <repository>:<commit>`. For the images of others, name a version, or better a digest.',
  example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - {name: payments, image: "ghcr.io/acme/payments:latest"}`,
  *service(subject): Iterable<Report> {
    for (const { object, path, container, image, repository, tag, digest } of images(subject)) {
      if (digest !== undefined || (tag !== undefined && tag !== 'latest')) continue;
      const problem = tag === undefined ? 'has neither tag nor digest' : 'is whichever came last';
      const message = `The image ${image} of ${container} ${problem}.`;
      yield { object, path, message, hint: `eleventh pin ${subject.id} --image ${repository}:<commit>` };
    }
  },
};

export const imageNotPinned: ServiceRule = {
  id: 'image-not-pinned',
  severity: 'warning',
  title: 'An image is named by a tag that moves.',
  what: 'An image without a digest whose tag names no build: a word (`main`, `stable`, `alpine`) or one number (`16`). A tag that holds a commit, a version of two numbers or more, or a date passes. For the repositories that `spec.images` of `service.yaml` lists, a tag without the whole commit is a note. Where the environment’s policy says `digests: required`, every image needs its digest.',
  why: 'Such a tag is put on another image with the next build: a restart then changes what runs, without a deployment.',
  mend: 'Name the digest: `crane digest <image>` tells it, and `repository:tag@sha256:…` keeps the tag for people.',
  example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - {name: payments, image: "redis:alpine"}`,
  *service(subject): Iterable<Report> {
    for (const { object, path, container, image, repository, tag, digest } of images(subject)) {
      if (digest !== undefined || tag === undefined || tag === 'latest') continue;
      const named = `The image ${image} of ${container}`;
      const isOwn = subject.images.some((own) => sameRepository(own, repository));
      if (subject.environment.digests) {
        yield { object, path, message: `${named} has no digest, which ${subject.environment.name} requires.` };
      } else if (!COMMIT.test(tag) && !VERSION.test(tag)) {
        yield {
          object,
          path,
          message: `${named} is named by a tag that moves.`,
          hint: `Name its digest: ${image}@sha256:…`,
        };
      } else if (isOwn && !COMMIT.test(tag)) {
        const message = `${named} is named by neither digest nor commit.`;
        yield {
          object,
          path,
          message,
          severity: 'note',
          hint: `eleventh pin ${subject.id} --image ${repository}:<commit>`,
        };
      }
    }
  },
};

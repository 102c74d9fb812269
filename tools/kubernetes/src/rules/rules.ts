import { hostClaimedTwice, objectClaimedTwice } from './claims.ts';
import { FILE_RULES } from './files.ts';
import { imageLatest, imageNotPinned } from './images.ts';
import { overlayImage } from './overlay-image.ts';
import { overlayNamesNothing } from './overlay-names-nothing.ts';
import { parity } from './parity.ts';
import { literalPassword, pastedSecret } from './pasted-secret.ts';
import { namespaceOutside, platformKind } from './placement.ts';
import { portNotFound, referenceNotFound, secretNotFound } from './references.ts';
import { requiresBroken } from './requires-broken.ts';
import type { EnvironmentRule, RulePage, ServiceRule } from './rule.ts';
import { SCHEMA_RULES } from './schema.ts';
import {
  plaintextSecret,
  sealedSecretScope,
  sealedSecretUnprotected,
  secretGenerator,
  sopsUnprotected,
} from './secrets.ts';
import { selectorMatchesNothing, selectorMismatch, serviceWithoutWorkload } from './selectors.ts';

export const SERVICE_RULES: readonly ServiceRule[] = [
  imageLatest,
  imageNotPinned,
  overlayImage,
  overlayNamesNothing,
  selectorMismatch,
  namespaceOutside,
  platformKind,
  plaintextSecret,
  secretGenerator,
  sopsUnprotected,
  sealedSecretUnprotected,
  sealedSecretScope,
  pastedSecret,
  literalPassword,
];

export const ENVIRONMENT_RULES: readonly EnvironmentRule[] = [
  objectClaimedTwice,
  hostClaimedTwice,
  serviceWithoutWorkload,
  selectorMatchesNothing,
  referenceNotFound,
  secretNotFound,
  portNotFound,
  parity,
];

/** Every rule, in the order of its pages. */
export const RULE_PAGES: readonly RulePage[] = [
  ...FILE_RULES,
  ...SCHEMA_RULES,
  ...SERVICE_RULES,
  ...ENVIRONMENT_RULES,
  requiresBroken,
];

import { usageError } from '../error.ts';

/** A service's id: its path below `apps/`, one or two DNS labels (`payments`, `risk/fraud`). */
export type ServiceId = string;

const LABEL = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/;
/** Names that Windows keeps for devices: a checkout there cannot hold them. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9]|lpt[0-9])$/i;

/** Returns whether Windows reserves a file or folder of this name, whatever its extension. */
export function isDeviceName(name: string): boolean {
  return DEVICE.test(name.split('.')[0] ?? '');
}

/** Returns text that is safe inside a sentence on a terminal: quoted, control characters escaped, at most 80 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function isLabel(text: string): boolean {
  return LABEL.test(text) && !isDeviceName(text);
}

/** Returns whether a text is the id of a service. */
export function isServiceId(text: string): boolean {
  const segments = text.split('/');
  return segments.length <= 2 && segments.every(isLabel) && segments.at(-1) !== 'manifests';
}

/** Returns the id of a service, or throws `BAD_SERVICE_ID`. */
export function serviceId(text: string): ServiceId {
  if (!isServiceId(text)) {
    throw usageError(
      'BAD_SERVICE_ID',
      `${quoted(text)} is not a service id: it takes one or two lower-case DNS labels (payments, risk/fraud).`,
      'eleventh service list',
    );
  }
  return text;
}

/** Returns the name of an environment, or throws `BAD_ENVIRONMENT_NAME`. */
export function environmentName(text: string): string {
  if (isLabel(text)) return text;
  throw usageError(
    'BAD_ENVIRONMENT_NAME',
    `${quoted(text)} is not an environment name: it takes one lower-case DNS label (staging).`,
    'eleventh env list',
  );
}

/** Returns the first of the ids that cannot stand beside this one: a service cannot also be a group. */
export function clashingService(id: ServiceId, existing: Iterable<ServiceId>): ServiceId | undefined {
  for (const other of existing) {
    if (other.startsWith(`${id}/`) || id.startsWith(`${other}/`)) return other;
  }
  return undefined;
}

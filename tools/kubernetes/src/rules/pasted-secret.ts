import { type KubernetesObject, objectKey } from '../objects/object.ts';
import type { Path } from '../schemas/schema.ts';
import { pathText } from '../schemas/schema.ts';
import { items, map } from '../summary/fields.ts';
import { containersOf, podOf } from '../summary/pods.ts';
import { words } from './claims.ts';
import { credentialIn, isRandom, suspicion } from './credential.ts';
import type { Report, ServiceRule } from './rule.ts';

/** Kinds whose texts are encrypted, public, or another rule's. */
const ELSEWHERE = new Set(['Secret', 'SealedSecret', 'SopsSecret', 'CustomResourceDefinition']);

export const pastedSecret: ServiceRule = {
  id: 'pasted-secret',
  severity: 'error',
  title: 'A credential stands in a manifest.',
  what: 'A text anywhere but in a Secret that has the form of a credential: private keys, tokens of AWS, GitHub, GitLab, Slack, Stripe, Google, npm and others, JSON Web Tokens, passwords in URLs; and a value that looks made by a machine under a name such as `DB_PASSWORD` or `apiKey`. References (`$(VAR)`, `vault:…`), paths and names are none. The finding never repeats it.',
  why: 'Everybody who reads the repository, or the object in the cluster, has it, and its history keeps it.',
  mend: 'Replace it at once: it is known. Keep the new one in a SealedSecret, with SOPS or in a vault, and name it with `valueFrom.secretKeyRef`.',
  example: `apiVersion: v1
kind: ConfigMap
metadata: {name: payments}
data:
  DATABASE_URL: postgres://payments:Kx81hhQz0p@db.bank.svc:5432/payments`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      if (ELSEWHERE.has(object.kind)) continue;
      for (const { path, text } of texts(object)) {
        const found = credentialIn(text) ?? lineCredential(path, text);
        if (found !== undefined) yield told(object, path, found);
      }
      for (const { path, name, value } of settings(object)) {
        if (credentialIn(value) === undefined && suspicion(name, value) === 'credential') {
          yield told(object, path, `a credential, by its name ${name}`);
        }
      }
    }
  },
};

export const literalPassword: ServiceRule = {
  id: 'literal-password',
  severity: 'warning',
  title: 'A password is written out.',
  what: 'A value under a name such as `DB_PASSWORD` or `ADMIN_TOKEN` in an environment variable or a ConfigMap that looks like a poor password or a placeholder (`changeme`). References, paths, switches and names of Secrets are none.',
  why: 'A poor password is still one, and a placeholder that is forgotten is one that everybody knows.',
  mend: 'Name a Secret with `valueFrom.secretKeyRef`. A value that is no secret can be allowed in `service.yaml`: `spec.check.ignore`.',
  example: `apiVersion: v1
kind: Pod
metadata: {name: payments}
spec:
  containers:
    - name: payments
      image: payments:1.4.2
      env: [{name: DB_PASSWORD, value: changeme}]`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      if (ELSEWHERE.has(object.kind)) continue;
      for (const { path, name, value } of settings(object)) {
        if (credentialIn(value) !== undefined || suspicion(name, value) !== 'literal') continue;
        const message = `${words(objectKey(object))} writes the value of ${name} out in ${pathText(path)}.`;
        yield { object, path, message, hint: 'Name a Secret with valueFrom.secretKeyRef.' };
      }
    }
  },
};

function told(object: KubernetesObject, path: Path, what: string): Report {
  const message = `${words(objectKey(object))} holds ${what} in ${pathText(path)}.`;
  return { object, path, message, hint: 'Replace it, and keep the new one in a Secret that is encrypted.' };
}

/** Returns every text of an object with the path that leads to it. */
function* texts(value: unknown, path: Path = []): Iterable<{ path: Path; text: string }> {
  if (typeof value === 'string') yield { path, text: value };
  else if (Array.isArray(value)) for (const [index, inner] of value.entries()) yield* texts(inner, [...path, index]);
  // What a server fills in is none of the repository's.
  else
    for (const [key, inner] of Object.entries(map(value)))
      if (!(path.length === 0 && key === 'sops')) yield* texts(inner, [...path, key]);
}

/** Returns what people call a credential in a line of a settings file that a ConfigMap holds, or undefined. */
function lineCredential(path: Path, text: string): string | undefined {
  if (path[0] !== 'data' || !text.includes('\n')) return undefined;
  for (const line of text.split('\n')) {
    const [, name = '', value = ''] =
      /^\s*["']?([\w.-]+)["']?\s*[:=]\s*["']?([^\s"'#;,]+)["']?[\s,;]*$/.exec(line) ?? [];
    if (isRandom(value) && suspicion(name, value) === 'credential') return `a credential, by its name ${name}`;
  }
  return undefined;
}

/** Returns the names and values that an object sets: environment variables and the entries of a ConfigMap. */
function* settings(object: KubernetesObject): Iterable<{ path: Path; name: string; value: string }> {
  if (object.kind === 'ConfigMap') {
    for (const [name, value] of Object.entries(map(object.data))) {
      if (typeof value === 'string' && !value.includes('\n')) yield { path: ['data', name], name, value };
    }
  }
  const pod = podOf(object);
  for (const container of pod === undefined ? [] : containersOf(pod)) {
    for (const [index, item] of items(container.value.env)) {
      const { name, value } = map(item);
      if (typeof value === 'string')
        yield { path: [...container.path, 'env', index, 'value'], name: String(name), value };
    }
    for (const field of ['command', 'args']) {
      for (const [index, item] of items(container.value[field])) {
        const [, name = '', value] = /^--?([\w.-]+)[= ](\S+)$/.exec(String(item)) ?? [];
        if (value !== undefined) yield { path: [...container.path, field, index], name, value };
      }
    }
  }
}

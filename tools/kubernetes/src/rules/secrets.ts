import { fields } from '@eleventh/core';
import { isGenerated } from '../objects/generated-name.ts';
import { type KubernetesObject, objectKey } from '../objects/object.ts';
import type { Path } from '../schemas/schema.ts';
import { isFilledIn } from '../schemas/validator.ts';
import { at, items, map, text } from '../summary/fields.ts';
import { words } from './claims.ts';
import { credentialIn, isRandom, isReference, suspicion } from './credential.ts';
import type { Report, ServiceRule } from './rule.ts';

/** Keys of Secrets whose values everybody may know. */
const PUBLIC =
  /^(?:tls\.crt|ca\.crt|ca-bundle\.crt|.*\.pub|known_hosts|url|type|name|project|username|user|host|hostname|port|database|dbname|namespace|enableLfs|insecure)$/;

/** A line of a settings file: YAML, properties, INI or JSON. */
const LINE = /^\s*(?:$|[#;/]|- |\[[^\]]*\]$|[[\]{}][\s,\]}[{]*$|["']?[\w./-]+["']?\s*[:=])/;

/** Returns whether a text is a settings file in which nothing looks like a credential: some tools want theirs in a Secret. */
function isSettings(value: string): boolean {
  const lines = value.trim().split('\n');
  const count = lines.filter((line) => LINE.test(line)).length;
  if (lines.length < 2 || count < lines.length * 0.8 || credentialIn(value) !== undefined) return false;
  return !lines.some((line) => {
    const [, name = '', rest = ''] = /^[\s-]*["']?([\w./-]+)["']?\s*[:=]\s*["']?([^"']*?)["']?,?$/.exec(line) ?? [];
    return NAMED.test(name) && rest !== '' && !isReference(rest);
  });
}

const NAMED = /pass|secret|token|key|credential|auth$/i;

/** Returns the values of a Secret that are there for everybody to read, with their paths. */
function* plainValues(object: KubernetesObject): Iterable<Path> {
  for (const field of ['data', 'stringData']) {
    for (const [key, value] of Object.entries(map(object[field]))) {
      if (typeof value !== 'string' || PUBLIC.test(key) || isFilledIn(value)) continue;
      const decoded = field === 'data' ? new TextDecoder().decode(Buffer.from(value, 'base64')) : value;
      if (isReference(value) || isReference(decoded) || isSettings(decoded) || /<(?:path|secret):[^>]*>/.test(decoded))
        continue;
      yield [field, key];
    }
  }
}

export const plaintextSecret: ServiceRule = {
  id: 'plaintext-secret',
  severity: 'error',
  title: 'A Secret is readable by everybody who reads the repository.',
  what: 'A Secret whose `data` or `stringData` is not encrypted: base64 is no encryption. Empty ones, references that something fills in later, and what is public (`tls.crt`, `ca.crt`, user names, addresses) are left out. What SOPS encrypted has [a rule of its own](sops-unprotected.md).',
  why: 'Everybody who can read the repository has the secret, and its history keeps it.',
  mend: 'Replace the secret: it is known. Keep the new one as a SealedSecret, with SOPS, or in a vault from which an ExternalSecret fetches it.',
  example: `apiVersion: v1
kind: Secret
metadata: {name: payments}
stringData:
  password: Kx81hhQz0pLm`,
  *service({ objects, index }): Iterable<Report> {
    for (const object of objects) {
      if (object.kind !== 'Secret' || object.apiVersion !== 'v1' || object.sops !== undefined) continue;
      // A generator's is told where the generator stands.
      if (index.sourceOf(object) === undefined && index.generated(object, []) !== undefined) continue;
      const [path] = plainValues(object);
      if (path === undefined) continue;
      const message = `${words(objectKey(object))} is not encrypted.`;
      yield { object, path, message, hint: 'Seal it, encrypt it with SOPS, or fetch it with an ExternalSecret.' };
    }
  },
};

export const secretGenerator: ServiceRule = {
  id: 'secret-generator',
  severity: 'error',
  title: 'A Secret is generated from what stands in the repository.',
  what: 'A `secretGenerator` of a kustomization with `literals`, or with `files` or `envs` that are not encrypted with SOPS.',
  why: 'Everybody who can read the repository has the secret, and its history keeps it.',
  mend: 'Replace the secret: it is known. Encrypt the file with SOPS, which Flux understands here, or use a SealedSecret or an ExternalSecret.',
  example: `# kustomization.yaml
secretGenerator:
  - name: payments
    literals: [password=Kx81hhQz0pLm]`,
  *service({ index, objects }): Iterable<Report> {
    for (const layer of index.build.layers) {
      for (const [position, value] of items(layer.value.secretgenerator)) {
        const { name, literals } = fields(value);
        const own: Path = ['secretgenerator', position];
        const isMade =
          objects.length === 0 ||
          objects.some(({ metadata }) => isGenerated(String(name), metadata.name)) ||
          name !== undefined;
        if (!isMade) continue;
        const told = (path: Path, what: string): Report => ({
          place: index.fieldPlace(layer, path),
          message: `The Secret ${String(name)} is generated from ${what}, which is not encrypted.`,
          hint: 'Encrypt the file with SOPS, or use a SealedSecret or an ExternalSecret.',
        });
        for (const [literal, entry] of items(literals)) {
          const [key = '', ...rest] = String(entry).split('=');
          if (!isReference(rest.join('=')) && !PUBLIC.test(key))
            yield told([...own, 'literals', literal], `the literal ${key}`);
        }
        for (const { at: place, path, value: file } of layer.parts) {
          if (place[0] !== own[0] || place[1] !== position) continue;
          // What is not to be found cannot be told to be encrypted.
          const content = index.files.get(path ?? '') ?? '';
          if (!PUBLIC.test(String(file).split('/').at(-1) ?? '') && !isEncrypted(content))
            yield told(own, `the file ${file}`);
        }
      }
    }
  },
};

/** Returns whether the text of a file is what SOPS makes of one. */
function isEncrypted(content: string): boolean {
  return /ENC\[AES256_GCM,data:/.test(content) && /sops/.test(content);
}

/** Fields that SOPS leaves alone on purpose where it encrypts manifests. */
const VALUES = ['data', 'stringData'];

export const sopsUnprotected: ServiceRule = {
  id: 'sops-unprotected',
  severity: 'error',
  title: 'SOPS does not protect a Secret.',
  what: 'A Secret with a `sops` field in which a value of `data` or `stringData` stands unencrypted (by `encrypted_regex`, `unencrypted_suffix` and their like, or written in later), which has no message authentication code (`mac`), or no key that it could be decrypted with.',
  why: 'The file looks encrypted and is not: what is plain is known, and without the code nobody notices a change.',
  mend: 'Set `encrypted_regex: ^(data|stringData)$` in `.sops.yaml`, replace what was plain, and encrypt the file anew: `sops --encrypt --in-place <file>`.',
  example: `apiVersion: v1
kind: Secret
metadata: {name: payments}
stringData:
  password: ENC[AES256_GCM,data:Tr7o=,iv:1=,tag:k=,type:str]
  api_key_unencrypted: Kx81hhQz0pLm
sops:
  unencrypted_suffix: _unencrypted
  mac: ENC[AES256_GCM,data:p673w==,iv:1=,tag:k=,type:str]
  age: [{recipient: age1qyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqszqgpqyqs3290gq, enc: "-----BEGIN AGE ENCRYPTED FILE-----"}]`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      if (object.kind !== 'Secret' || object.sops === undefined) continue;
      const sops = map(object.sops);
      const named = words(objectKey(object));
      for (const field of VALUES) {
        for (const [key, value] of Object.entries(map(object[field]))) {
          if (value === '' || value === null || (typeof value === 'string' && value.startsWith('ENC['))) continue;
          const message = `${named} has a value that SOPS left plain: ${field}.${key}.`;
          yield { object, path: [field, key], message, hint: 'encrypted_regex: ^(data|stringData)$ in .sops.yaml' };
        }
      }
      const mac = text(sops.mac);
      if (mac === undefined || !mac.startsWith('ENC[')) {
        yield {
          object,
          path: ['sops'],
          message: `${named} has no message authentication code, so SOPS cannot tell whether it was changed.`,
        };
      }
      const keys = ['age', 'pgp', 'kms', 'gcp_kms', 'azure_kv', 'hc_vault', 'key_groups', 'hckms'];
      if (!keys.some((key) => Array.isArray(sops[key]) && sops[key].length > 0)) {
        yield { object, path: ['sops'], message: `${named} names no key with which SOPS could decrypt it.` };
      }
    }
  },
};

export const sealedSecretUnprotected: ServiceRule = {
  id: 'sealed-secret-unprotected',
  severity: 'error',
  title: 'A SealedSecret holds values that are not sealed.',
  what: 'A value of `encryptedData` that is no ciphertext, and a value in `template.data` that is written out where a credential belongs. Templates (`{{ .password }}`) are fine.',
  why: 'The object looks sealed, and what is plain in it is known to everybody who reads the repository. The controller cannot unseal it either.',
  mend: 'Replace the secret, and seal it: `kubeseal --format yaml < secret.yaml`.',
  example: `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata: {name: payments, namespace: bank-prod}
spec:
  encryptedData:
    password: Kx81hhQz0pLm`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      if (object.kind !== 'SealedSecret') continue;
      const named = words(objectKey(object));
      for (const [key, value] of Object.entries(map(at(object, 'spec', 'encryptedData')))) {
        // RSA-OAEP of a session key alone makes hundreds of characters.
        if (
          typeof value !== 'string' ||
          isFilledIn(value) ||
          (/^[A-Za-z0-9+/=\s]+$/.test(value) && value.length >= 200)
        )
          continue;
        const path = ['spec', 'encryptedData', key];
        yield {
          object,
          path,
          message: `${named} has a value that is not sealed: ${key}.`,
          hint: 'kubeseal --format yaml < secret.yaml',
        };
      }
      for (const [key, value] of Object.entries(map(at(object, 'spec', 'template', 'data')))) {
        const plain = String(value);
        if (credentialIn(plain) === undefined && suspicion(key, plain) === undefined && !isRandom(plain)) continue;
        const path = ['spec', 'template', 'data', key];
        yield {
          object,
          path,
          message: `${named} writes a credential out in its template: ${key}.`,
          hint: `Seal it, and write {{ index . "${key}" }}.`,
        };
      }
    }
  },
};

const CLUSTER_WIDE = 'sealedsecrets.bitnami.com/cluster-wide';

export const sealedSecretScope: ServiceRule = {
  id: 'sealed-secret-scope',
  severity: 'warning',
  title: 'A SealedSecret can be unsealed in every namespace.',
  what: `A SealedSecret with the annotation \`${CLUSTER_WIDE}\`.`,
  why: 'Whoever may make a SealedSecret anywhere in the cluster can copy it there and read it.',
  mend: 'Seal it for its name and namespace, which is the default: `kubeseal --scope strict`.',
  example: `apiVersion: bitnami.com/v1alpha1
kind: SealedSecret
metadata:
  name: payments
  annotations: {sealedsecrets.bitnami.com/cluster-wide: "true"}
spec: {encryptedData: {}}`,
  *service({ objects }): Iterable<Report> {
    for (const object of objects) {
      if (object.kind !== 'SealedSecret' || String(object.metadata.annotations?.[CLUSTER_WIDE]) !== 'true') continue;
      const path = ['metadata', 'annotations', CLUSTER_WIDE];
      yield {
        object,
        path,
        message: `${words(objectKey(object))} can be unsealed in every namespace.`,
        hint: 'kubeseal --scope strict',
      };
    }
  },
};

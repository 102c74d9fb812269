/** Forms that only a credential has, with what people call it. Each is tried against any text of a manifest. */
const FORMS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:,\s-]{40}/],
  ['an AWS access key', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b/],
  ['a GitLab token', /\bgl(?:pat|dt|rt|ptt|cbt)-[\w-]{20,}/],
  ['a Slack token', /\bxox[abeoprs]-(?:\d+-)?[A-Za-z0-9-]{20,}/],
  [
    'a Slack webhook',
    /https:\/\/hooks\.slack\.com\/(?:services|workflows)\/T[A-Z0-9]{6,}\/[A-Z0-9]{6,}\/[A-Za-z0-9]{16,}/,
  ],
  ['a Stripe key', /\b[rs]k_live_[A-Za-z0-9]{20,}\b/],
  ['a Google API key', /\bAIza[A-Za-z0-9_-]{35}\b/],
  ['a SendGrid key', /\bSG\.[\w-]{22}\.[\w-]{43}\b/],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/],
  ['an age secret key', /\bAGE-SECRET-KEY-1[A-Z0-9]{58}\b/],
  ['a DigitalOcean token', /\bdo[opr]_v1_[0-9a-f]{64}\b/],
  ['a Hugging Face token', /\bhf_[A-Za-z0-9]{34}\b/],
  ['an OpenAI key', /\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}/],
  ['an Azure storage key', /\bAccountKey=[A-Za-z0-9+/]{86}==/],
  ['a JSON Web Token', /\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}/],
];

const URL_PASSWORD = /\b[a-z][a-z0-9+.-]*:\/\/[^\s:@/'"<>]*:([^\s@/'"<>]+)@[\w.[-]/gi;

/** What stands for a secret that comes from elsewhere, or that documentation writes. */
const REFERENCE =
  /^(?:$|\$\(|\$\{|\$[A-Z_]+$|\{\{|<|%|ENC\[|ref\+|vault:|secret:|secretref|file:|env:|arn:|projects\/|op:\/\/|aws(?:sm|ssm)|kms:|sops:|sm:\/\/|gcp:|azure:|@|__)|\{\{.*\}\}|\$\{.*\}|\$\(.*\)|<[^>]*>/i;
const PLACEHOLDER =
  /example|dummy|redacted|changeme|change[-_ ]?me|replace[-_ ]?me|placeholder|your[-_ ]|xxxx|\*\*\*|\.\.\.|todo|to[-_ ]be[-_ ]|insert[-_ ]|fake|sample|test[-_]?only/i;

/** Returns what people call the credential that a text holds, or undefined: only what is one beyond doubt. */
export function credentialIn(text: string): string | undefined {
  if (text.length < 8) return undefined;
  for (const [name, form] of FORMS) {
    const found = form.exec(text)?.[0];
    if (found !== undefined && !PLACEHOLDER.test(found)) return name;
  }
  for (const [, password = ''] of text.matchAll(URL_PASSWORD)) {
    const isWeak = /^(?:pass(?:word|wd)?|pwd|secret|user|\d{1,5})$/i.test(password);
    if (!REFERENCE.test(password) && !PLACEHOLDER.test(password) && !isWeak) return 'a password in a URL';
  }
  return undefined;
}

/** A name whose value is a credential: its last word says so. */
const SENSITIVE =
  /(?:^|[_.-])(?:pass|password|passwd|passphrase|pwd|secret|secret[_.-]?key|token|api[_.-]?key|apikey|access[_.-]?key|private[_.-]?key|auth[_.-]?key|encryption[_.-]?key|signing[_.-]?key|client[_.-]?secret|credential|credentials)\d*$/;
const NO_CREDENTIAL =
  /(?:public|csrf|pagination|next|cursor|xsrf|cancel|continue|max|min|num|allow|enable|disable|require|use|no|has|is|reset|show)[_.-](?:[a-z]+[_.-])*(?:\w+)$/;

/** How sure it is that a value under a name is a credential. */
export type Suspicion = 'credential' | 'literal';

/**
 * Returns whether a name and its value give a credential away: `credential` where the value looks made by a machine,
 * `literal` where it may be a poor password, or undefined. References, paths, names and switches are neither.
 */
export function suspicion(name: string, value: string): Suspicion | undefined {
  const lower = name.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toLowerCase();
  const text = value.trim();
  if (!SENSITIVE.test(lower) || NO_CREDENTIAL.test(lower) || REFERENCE.test(text)) return undefined;
  if (
    /^(?:true|false|yes|no|on|off|none|null|nil|disabled|enabled|optional|required|basic|bearer|\d{1,4})$/i.test(text)
  )
    return undefined;
  if (/^\.{0,2}\/|^~\/|^[a-z]+:\/\/|\s|\.(?:ya?ml|json|txt|pem|key|crt|env)$/i.test(text)) return undefined;
  if (isRandom(text)) return PLACEHOLDER.test(text) ? 'literal' : 'credential';
  // Words with hyphens are mostly the name of a Secret, or of a key within one.
  const isPassword = /(?:pass|password|passwd|passphrase|pwd)\d*$/.test(lower);
  if (!isPassword && /^[a-z0-9]+(?:[-./][a-z0-9]+)+$/i.test(text)) return undefined;
  return isPassword || PLACEHOLDER.test(text) || /\d/.test(text) ? 'literal' : undefined;
}

/** Returns whether a text looks made by a machine: long, of several kinds of characters, and hardly any of them often. */
export function isRandom(text: string): boolean {
  if (text.length < 16 || /\s/.test(text)) return false;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/].filter((kind) => kind.test(text)).length;
  if (kinds < 2 || !/\d/.test(text)) return false;
  const isHex = /^[0-9a-f-]+$/i.test(text);
  return entropy(text) >= (isHex ? 3 : 3.5) && !/^[a-z]+(?:[-_.][a-z0-9]+)+$/.test(text);
}

/** Returns Shannon's entropy of a text, in bits for each character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => sum - (count / text.length) * Math.log2(count / text.length), 0);
}

/** Returns whether a value stands for a secret that comes from elsewhere, or is empty. */
export function isReference(value: string): boolean {
  return REFERENCE.test(value.trim());
}

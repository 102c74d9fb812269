import * as v from 'valibot';
import { isGlob } from '../names/glob.ts';
import { parseDuration } from './duration.ts';

/** How bad what `check` finds can be, the worst first. */
export const SEVERITIES = ['error', 'warning', 'note'] as const;

export type CheckSeverity = (typeof SEVERITIES)[number];

/** Returns a severity and those that are worse. */
export function asBadAs(severity: CheckSeverity): readonly CheckSeverity[] {
  return SEVERITIES.slice(0, SEVERITIES.indexOf(severity) + 1);
}

/** What the workspace asks of manifests: `spec.check` in `environments/workspace.yaml`. */
export interface CheckSettings {
  /** What rules count for, by id, where that is not their own severity. */
  readonly rules: Readonly<Record<string, CheckSeverity | 'off'>>;
  /** Who may ship kinds that reach beyond a namespace; null: nobody is told apart. */
  readonly platform: { readonly services: readonly string[]; readonly kinds?: readonly string[] | undefined } | null;
  readonly custom: readonly CustomRule[];
  readonly external: ExternalCheckers;
}

/** A rule of the workspace's own: a condition in CEL that every object it is asked about has to meet. */
export interface CustomRule {
  readonly id: string;
  readonly match?:
    | {
        readonly kinds?: readonly string[] | undefined;
        readonly services?: readonly string[] | undefined;
        readonly environments?: readonly string[] | undefined;
      }
    | undefined;
  readonly expression: string;
  readonly message: string;
  readonly severity: CheckSeverity;
}

/** Checkers that run alongside, with what they read their own settings from: paths within the workspace; `timeout` in seconds. */
export interface ExternalCheckers {
  readonly conftest?: { readonly policy: string; readonly timeout?: number | undefined } | undefined;
  readonly 'kube-linter'?: { readonly config?: string | undefined; readonly timeout?: number | undefined } | undefined;
  readonly kubeconform?: { readonly schemas?: string | undefined; readonly timeout?: number | undefined } | undefined;
}

/** A rule that does not count for a service, and why. */
export interface CheckException {
  readonly rule: string;
  readonly reason: string;
}

const severity = v.picklist(SEVERITIES);
const globs = v.array(v.pipe(v.string(), v.check(isGlob, 'not a pattern of *, ** and ?')));
const names = v.array(v.string());
const reason = v.pipe(v.string(), v.trim(), v.nonEmpty('a reason has to say something'));
const inside = v.pipe(
  v.string(),
  v.check((path) => /^(?!\/|-)(?!.*(?:^|\/)\.\.?(?:\/|$))[\w./-]+$/.test(path), 'not a path within the workspace'),
);
const timeout = v.optional(
  v.pipe(
    v.string(),
    v.check((text) => parseDuration(text) !== null, 'not a time such as 90s or 5m'),
    v.transform((text) => parseDuration(text) ?? 0),
  ),
);

export const checkSettingsSchema = v.strictObject({
  rules: v.optional(v.record(v.string(), v.picklist([...SEVERITIES, 'off'])), {}),
  platform: v.optional(v.strictObject({ services: globs, kinds: v.optional(names) })),
  custom: v.optional(
    v.array(
      v.strictObject({
        id: v.pipe(v.string(), v.regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'not lower-case words with hyphens')),
        match: v.optional(
          v.strictObject({ kinds: v.optional(names), services: v.optional(globs), environments: v.optional(names) }),
        ),
        expression: v.string(),
        message: v.string(),
        severity: v.optional(severity, 'error'),
      }),
    ),
    [],
  ),
  external: v.optional(
    v.strictObject({
      conftest: v.optional(v.strictObject({ policy: inside, timeout })),
      'kube-linter': v.optional(v.strictObject({ config: v.optional(inside), timeout })),
      kubeconform: v.optional(v.strictObject({ schemas: v.optional(inside), timeout })),
    }),
    {},
  ),
});

export const exceptionsSchema = v.strictObject({
  ignore: v.optional(v.array(v.strictObject({ rule: v.string(), reason })), []),
});

/** Returns settings as a file says them, with what it leaves out. */
export function checkSettings(written?: v.InferOutput<typeof checkSettingsSchema>): CheckSettings {
  const { rules = {}, platform = null, custom = [], external = {} } = written ?? {};
  return { rules, platform, custom, external };
}

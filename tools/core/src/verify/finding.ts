import type { Oid } from '../names/object-id.ts';

/** `error`: the history cannot be what it says. `warning`: it can, and somebody should look at it. */
export type Severity = 'error' | 'warning';

/** What each rule of `verify` finds, and how bad that is. */
export const FINDINGS = {
  'merge-commit': ['error', 'An environment branch has a commit with several parents, or a second root.'],
  unexplained: ['error', 'A commit is no pin, update, promotion, rollback or revert.'],
  'message-differs': ['error', 'What a commit says of itself is not what it holds.'],
  malformed: [
    'error',
    'A commit or tag says more than once what it is of, or who made it, or holds a name like `..`: readers differ about what that means.',
  ],
  'time-future': ['error', 'A commit, tag or statement is dated in the future.'],
  'time-backwards': ['error', 'A commit is dated before the one below it.'],
  'foreign-file': [
    'error',
    'apps/ holds what no pin writes: a link, a submodule, an executable, a stray file or a name that does not survive everywhere.',
  ],
  'pin-differs': ['error', 'A pin changes more than its service, or cannot be read.'],
  'pin-elsewhere': ['error', 'A build was pinned where only promotions enter.'],
  'image-unlisted': ['error', 'A pin takes an image that is not its service’s.'],
  'went-back': ['error', 'A service went back to an older build, and nobody allowed it.'],
  'promotion-differs': ['error', 'A promotion is not exactly what it was promoted from.'],
  'promotion-source': ['error', 'What was promoted never was where it should come from.'],
  'rollback-differs': ['error', 'A rollback is not exactly what it went back to, or that never ran there.'],
  'revert-differs': ['error', 'A revert is not the opposite of what it undoes.'],
  'update-differs': ['error', 'An update changed what runs beyond what the default branch decides.'],
  'outside-unreviewed': ['error', 'Outside apps/ a state is none that the default branch had.'],
  'outside-older': ['error', 'Outside apps/ a branch went back to an older reviewed state.'],
  'derived-differs': ['error', 'A derived kustomization is not what the services and overlays make it.'],
  'rendered-differs': ['error', 'What a branch carries under rendered/ is not what its services come to.'],
  'rendered-unknown': ['warning', 'What a branch carries under rendered/ was not compared: nothing here renders.'],
  'overlay-image': ['error', 'An overlay sets an image, or could.'],
  'policy-unknown': ['error', 'A commit names a policy that never was on the default branch.'],
  'policy-older': [
    'error',
    'A commit was judged by an older policy than the one before it, or than the one of its day.',
  ],
  'policy-loosened': ['error', 'The policy became looser, and nobody else approved that.'],
  'policy-own': ['error', 'Somebody made themselves one of those who approve or sign.'],
  'evidence-unknown': ['error', 'A commit names a state of the attestations branch that it never had.'],
  'evidence-older': ['error', 'A commit was judged with older evidence than the one before it.'],
  'gate-shut': ['error', 'Something entered though a gate was shut.'],
  'break-glass': ['warning', 'Something entered by breaking the glass, and nobody else has reviewed that.'],
  'landing-missing': [
    'error',
    'What was put to review came to its branch in another way than by landing: nothing says who brought it, or when.',
  ],
  'statement-changed': ['error', 'A statement was changed after it was made.'],
  'statement-removed': ['error', 'A statement was removed.'],
  'statement-foreign': ['error', 'The attestations branch holds what is no statement.'],
  'statement-author': ['error', 'A statement was recorded by somebody else than who makes it.'],
  'statement-early': ['error', 'A statement is older than what it speaks of.'],
  'statement-digest': ['error', 'A statement names digests that its subject does not have.'],
  'signature-bad': ['error', 'A signature does not fit, is missing, or is not by who it should be.'],
  'tag-light': ['error', 'A release is a lightweight tag, which says neither who made it nor when.'],
  'tag-name': ['error', 'A tag’s own name is not the one that it stands under.'],
  'tag-target': ['error', 'A release does not stand on a commit of its branch.'],
  'tag-moved': ['error', 'A release stands elsewhere than where it was made, or is gone.'],
  'tag-order': ['error', 'A release is not above those before it.'],
  'branch-unknown': ['warning', 'A branch looks like an environment’s, and no environment deploys from it.'],
  'ref-ambiguous': ['error', 'A branch and a tag have one name, or a branch is named as only a ref is.'],
  'replaced-object': ['error', 'The repository says that one object stands for another.'],
  'checkpoint-rewritten': ['error', 'What a checkpoint saw is not there any more.'],
  'revert-stray': ['warning', 'A revert also changed a service that what it undoes had not.'],
} as const satisfies Readonly<Record<string, readonly [Severity, string]>>;

export type FindingRule = keyof typeof FINDINGS;

/** One thing that is not as it should be. */
export interface Finding {
  readonly rule: FindingRule;
  readonly severity: Severity;
  /** The branch or tag that it is about. */
  readonly ref: string;
  /** The commit, where there is one. */
  readonly commit: Oid | null;
  /** One sentence. */
  readonly message: string;
}

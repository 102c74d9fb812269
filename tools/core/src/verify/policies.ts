import { EleventhError } from '../error.ts';
import type { Evidence } from '../evidence/evidence.ts';
import { plainEmail } from '../history/authors.ts';
import type { Commit } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import type { Ground, Line } from './ground.ts';
import type { LoggedCommit } from './history.ts';
import { looserIn } from './looser.ts';
import { trusted } from './main-line.ts';

const POLICY = /^environments\/(?:[^/]+\/environment\.yaml|workspace\.yaml|allowed_signers)$/;

/**
 * Checks how the policy changed along the default branch: nobody makes it looser without somebody else's approval, or
 * makes himself one of those who approve. A state that cannot be read asks for nothing, since nothing enters under it.
 */
export class PolicyWatch {
  readonly #ground: Ground;
  readonly #isStrict: boolean;
  #last: Workspace | null;
  readonly #loosened: { readonly environment: string; readonly commit: Commit; readonly report: () => void }[] = [];

  /** @param from the workspace before the first commit. @param isStrict whether every other policy needs approval, stricter ones too. */
  constructor(ground: Ground, { from = null, isStrict = false }: { from?: Workspace | null; isStrict?: boolean } = {}) {
    this.#ground = ground;
    this.#last = from;
    this.#isStrict = isStrict;
  }

  async next({ commit, changes }: LoggedCommit): Promise<void> {
    if (!changes.some(({ path }) => POLICY.test(path))) return;
    const workspace = await this.#read(commit);
    if (this.#isStrict && !(await this.#isApproved(commit)))
      this.#ground.findings.add(
        'policy-loosened',
        { ref: this.#ground.workspace.branch, commit: commit.oid },
        `It changes the policy, which somebody else has to approve first: eleventh approve --policy ${commit.oid}.`,
      );
    if (workspace === null) return;
    const { findings } = this.#ground;
    const before = this.#last;
    this.#last = workspace;
    if (before === null) return;
    const report = findings.on({ ref: workspace.branch, commit: commit.oid });
    for (const environment of before.environments) {
      const now = workspace.environments.find(({ name }) => name === environment.name);
      const looser = now === undefined ? [] : looserIn(environment, now);
      if (looser.length === 0) continue;
      const message = `${environment.name} asks for less: ${looser.join('; ')}.`;
      this.#loosened.push({
        environment: environment.branch,
        commit,
        report: () => report('policy-loosened', message),
      });
    }
    const author = plainEmail(commit.author.email);
    if (
      !trusted(before).has(author) &&
      trusted(workspace).has(author) &&
      before.environments.length > 0 &&
      trusted(before).size > 0 &&
      !(await this.#isApproved(commit))
    )
      report('policy-own', `${commit.author.email} put themselves among those who approve.`);
  }

  /** Reports what became looser once something ran there: until then a policy is still being made. */
  async judge(lines: ReadonlyMap<string, Line>): Promise<void> {
    for (const { environment, commit, report } of this.#loosened) {
      const began = lines.get(environment)?.positions.timeAt(1);
      if (began !== undefined && began <= commit.committer.time && !(await this.#isApproved(commit))) report();
    }
  }

  async #read(commit: Commit): Promise<Workspace | null> {
    try {
      return await this.#ground.workspaces.at(commit.oid);
    } catch (error) {
      if (error instanceof EleventhError) return null;
      throw error;
    }
  }

  /** Returns whether somebody else than its author approved the state of the policy. */
  async #isApproved({ tree, author, committer }: Commit): Promise<boolean> {
    const { view, statements } = this.#ground;
    const environments = (await (await view.snapshot(tree)).entry('environments'))?.oid ?? '';
    const newest = statements.positions.at(statements.positions.size - 1) ?? null;
    const evidence: Evidence = await statements.at(newest);
    const own = [author.email, committer.email].map(plainEmail);
    const said = await evidence.of({ kind: 'policy', environments });
    return said.some((one) => one.kind === 'approval' && !own.includes(plainEmail(one.by.email)));
  }
}

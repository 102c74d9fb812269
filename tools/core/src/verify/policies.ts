import { EleventhError } from '../error.ts';
import type { Evidence } from '../evidence/evidence.ts';
import type { Environment } from '../files/environment.ts';
import { plainEmail } from '../history/authors.ts';
import type { Commit } from '../history/snapshot.ts';
import type { Workspace } from '../history/workspace.ts';
import { listed } from '../names/listed.ts';
import type { Ground } from './ground.ts';
import type { LoggedCommit } from './history.ts';
import { looserIn } from './looser.ts';
import { newLogins, type Positions, trusted } from './main-line.ts';
import { newSigners } from './new-signers.ts';
import { checkRepeats } from './words.ts';

const POLICY = /^environments\/(?:[^/]+\/environment\.yaml|workspace\.yaml|allowed_signers)$/;

/**
 * Checks how the policy changed along the default branch: nobody makes it looser without somebody else's approval, or
 * makes himself one of those who approve. A state that cannot be read asks for nothing, since nothing enters under it.
 */
export class PolicyWatch {
  readonly #ground: Ground;
  readonly #isStrict: boolean;
  /** Whether it was ever said who may sign. */
  #isListed = false;
  #last: Workspace | null;
  readonly #loosened: {
    readonly environment: string;
    readonly commit: Commit;
    readonly report: () => Promise<void>;
  }[] = [];
  /** The environments that there were, each as it last was: one that is taken away may come back. */
  readonly #environments = new Map<string, Environment>();

  /** @param from the workspace before the first commit. @param isStrict whether every other policy needs approval, stricter ones too. */
  constructor(ground: Ground, { from = null, isStrict = false }: { from?: Workspace | null; isStrict?: boolean } = {}) {
    this.#ground = ground;
    this.#last = from;
    this.#isStrict = isStrict;
    this.#remember(from);
  }

  async next({ commit, changes }: LoggedCommit): Promise<void> {
    const { findings, workspace: now } = this.#ground;
    checkRepeats(commit, findings.on({ ref: now.branch, commit: commit.oid }));
    if (!changes.some(({ path }) => POLICY.test(path))) return;
    const workspace = await this.#read(commit);
    const before = this.#last;
    if (this.#isStrict && !(await this.#isApproved(commit, before)))
      this.#ground.findings.add(
        'policy-loosened',
        { ref: this.#ground.workspace.branch, commit: commit.oid },
        `It changes the policy, which somebody else has to approve first: eleventh approve --policy ${commit.oid}.`,
      );
    if (workspace === null) return;
    this.#last = workspace;
    const known = new Map(this.#environments);
    if (before === null) return this.#remember(workspace);
    const report = this.#ground.findings.on({ ref: workspace.branch, commit: commit.oid });
    const objectTo = async (what: string) => {
      if (!(await this.#isApproved(commit, before))) report('policy-loosened', `It asks for less: ${what}.`);
    };
    for (const now of workspace.environments) {
      const was = known.get(now.name) ?? [...known.values()].findLast(({ branch }) => branch === now.branch);
      const looser = was === undefined ? [] : [...looserIn(was, now), ...this.#moreSigners(was, before, workspace)];
      const what = looser.map((each) => `${now.name}: ${each}`).join('; ');
      if (looser.length > 0)
        this.#loosened.push({ environment: was?.branch ?? '', commit, report: () => objectTo(what) });
    }
    this.#remember(workspace);
    if (before.keys !== null && workspace.keys === null) await objectTo('it tells no keys apart');
    const named = newLogins(before, workspace);
    if (named.length > 0) await objectTo(`it takes what ${listed(named)} approves on the host`);
    const author = plainEmail(commit.author.email);
    if (
      !trusted(before).has(author) &&
      trusted(workspace).has(author) &&
      trusted(before).size > 0 &&
      !(await this.#isApproved(commit, before))
    )
      report('policy-own', `${commit.author.email} put themselves among those who approve.`);
  }

  /** Reports what became looser once something ran there: until then a policy is still being made. */
  async judge(lineOf: (branch: string) => Promise<Positions> | Positions | undefined): Promise<void> {
    for (const { environment, commit, report } of this.#loosened) {
      const began = (await lineOf(environment))?.timeAt(1);
      if (began !== undefined && began <= commit.committer.time) await report();
    }
  }

  /** Who may sign decides where signatures are asked for. The first list of all has to come from somewhere. */
  #moreSigners({ policy }: Environment, before: Workspace, workspace: Workspace): string[] {
    const added = this.#isListed && policy.signed === 'required' ? newSigners(before.signers, workspace.signers) : [];
    return added.length === 0 ? [] : [`it takes what keys sign that were not listed for ${listed(added)}`];
  }

  #remember(workspace: Workspace | null): void {
    if (workspace !== null && workspace.signers.lines.length > 0) this.#isListed = true;
    for (const environment of workspace?.environments ?? []) {
      this.#environments.delete(environment.name);
      this.#environments.set(environment.name, environment);
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

  /** Returns whether somebody else than its author approved the state of the policy: one of a team, where there were any. */
  async #isApproved({ tree, author, committer }: Commit, before: Workspace | null): Promise<boolean> {
    const { view, statements } = this.#ground;
    const environments = (await (await view.snapshot(tree)).entry('environments'))?.oid ?? '';
    const newest = statements.positions.at(statements.positions.size - 1) ?? null;
    const evidence: Evidence = await statements.at(newest);
    const own = [author.email, committer.email].map(plainEmail);
    const said = await evidence.of({ kind: 'policy', environments });
    const people = before === null ? new Set<string>() : trusted(before);
    const counts = (email: string) => !own.includes(email) && (people.size === 0 || people.has(email));
    return said.some((one) => one.kind === 'approval' && counts(plainEmail(one.by.email)));
  }
}

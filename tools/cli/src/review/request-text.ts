import {
  compareLink,
  EMPTY_TREE,
  type Gate,
  type Proposal,
  type Reviewers,
  recipeOf,
  type ServiceChange,
  short,
} from '@eleventh/core';
import { codeSpan, fenceFor } from '../screen/markdown.ts';

/** Everything that a review request tells of. */
export interface Told {
  readonly proposal: Proposal;
  readonly changes: readonly ServiceChange[];
  readonly gates: readonly Gate[];
  readonly reviewers: Reviewers;
  /** The command that lands it, and what the host calls such a request. */
  readonly land: string;
  readonly noun: string;
}

/** What hosts take: GitHub's titles have 256 characters at most, GitLab's 255, and a body 65,536. */
const LONGEST_TITLE = 250;
const MOST_CHANGES = 150;

/** Returns what a review request says of a proposal: markdown, in which nothing that comes from elsewhere is markup. */
export async function requestText(told: Told): Promise<{ readonly title: string; readonly body: string }> {
  const { proposal, changes, gates, reviewers, land, noun } = told;
  const { environment, subject, body, before, after } = proposal;
  const [ran, runs] = [await recipeOf(before), await recipeOf(after)];
  const parts =
    environment === null
      ? [`${codeSpan(subject)} on ${codeSpan(proposal.base)}.`, body === '' ? '' : fenced(body)]
      : [
          `Brings recipe ${codeSpan(short(runs))} to **${environment.name}**, which runs ${ran === EMPTY_TREE ? 'nothing yet' : codeSpan(short(ran))}.`,
          changesTable(changes),
          gatesTable(gates),
          howToLand(land, noun),
        ];
  const teams = reviewers.teams.map((team) => codeSpan(team)).join(', ');
  const whole = [...parts, teams === '' ? '' : `For ${teams} to look at.`];
  return {
    title: subject.length > LONGEST_TITLE ? `${subject.slice(0, LONGEST_TITLE - 1)}…` : subject,
    body: `${whole.filter((part) => part !== '').join('\n\n')}\n`,
  };
}

function changesTable(changes: readonly ServiceChange[]): string {
  if (changes.length === 0) return 'No service changes.';
  const rows = changes.slice(0, MOST_CHANGES).map(({ id, before, after }) => {
    const link = before === null || after === null ? undefined : compareLink(after.source, before.commit, after.commit);
    const cells = [
      codeSpan(id, true),
      named(before),
      named(after),
      link === undefined ? '' : `[compare](<${link.replace(/[<>|\s]/g, encodeURIComponent)}>)`,
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const more = changes.length - rows.length;
  const rest = more > 0 ? [`| and ${more} more | | | |`] : [];
  return ['| service | from | to | |', '| --- | --- | --- | --- |', ...rows, ...rest].join('\n');
}

function named(pin: ServiceChange['before']): string {
  if (pin === null) return '-';
  return codeSpan(pin.version === undefined ? short(pin.commit) : `${pin.version} (${short(pin.commit)})`, true);
}

function gatesTable(gates: readonly Gate[]): string {
  if (gates.length === 0) return '';
  const rows = gates.map(({ rule, passes, asks, refused }) => {
    const reasons = refused.map(({ service, reason }) => (service === null ? reason : `${service}: ${reason}`));
    const missing = reasons.length === 0 ? '' : codeSpan(reasons.join('; '), true);
    return `| ${passes ? '✅' : '❌'} | ${codeSpan(rule, true)} | ${codeSpan(asks, true)} | ${missing} |`;
  });
  return ['| | gate | asks | missing |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function howToLand(land: string, noun: string): string {
  return `Once it is approved, this lands it: ${codeSpan(land)}. Every gate is asked again, and the branch comes to exactly the commit that was reviewed. **Leave the merge button of this ${noun} alone**: what it makes, by merging, squashing or rebasing, is another commit, which ${codeSpan('eleventh verify')} reports.`;
}

function fenced(text: string): string {
  const lines = text.split('\n');
  return [`${fenceFor(lines)}text`, ...lines, fenceFor(lines)].join('\n');
}

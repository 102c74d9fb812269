import { formatDuration, type ReleasedChange, type ReleaseEvidence, short } from '@eleventh/core';
import { STYLE } from './evidence-style.ts';
import { html, link, Markup } from './html.ts';

type Person = ReleaseEvidence['authors'][number];

const IDENTITIES = {
  claims: 'what people wrote: not all of this had to be signed',
  signed: 'signed by the keys that were listed then; eleventh verify checks every signature',
} as const;

/** Returns all that is known of a release as one page that needs nothing else, for a screen and for A4. */
export function evidencePack(release: ReleaseEvidence): string {
  const { tag, environment } = release;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${tag} in ${environment}: evidence</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${tag} <small>released to ${environment}</small></h1>
${facts([
  ['released', release.tagged.time],
  ['by', release.tagged.by === null ? 'nobody is named' : person(release.tagged.by)],
  ['recipe', code(release.recipe)],
  ['commit', code(release.commit)],
  ['names', IDENTITIES[release.identities]],
  ['before', release.previous === null ? 'nothing: it is the first release' : release.previous.tag],
])}
${release.problems.map((problem) => html`<p class="bad">${problem}</p>`)}
</header>
${section(1, 'What changed', changed(release))}
${section(2, 'Who wrote it', wrote(release))}
${section(3, 'Who tested it', tested(release))}
${section(4, 'Who approved it', approved(release))}
${section(5, 'Who promoted it, and when', promoted(release))}
${section(6, 'Where it ran before, and how long', ran(release))}
${section(7, 'Under which policy', policy(release))}
${section(8, 'What was known to be missing', missing(release))}
${section(null, 'How to verify this with plain Git', verified(release))}
</body>
</html>
`;
  return page.text;
}

function section(number: number | null, title: string, content: Markup): Markup {
  return html`<section>
<h2>${number === null ? '' : html`<span>${number}</span> `}${title}</h2>
${content}
</section>`;
}

function facts(rows: readonly (readonly [string, string | Markup | null])[]): Markup {
  const shown = rows.flatMap(([name, value]) => (value === null ? [] : [html`<dt>${name}</dt><dd>${value}</dd>\n`]));
  return html`<dl>\n${shown}</dl>`;
}

function grid(head: readonly string[], rows: readonly (readonly (string | Markup)[])[], none: string): Markup {
  if (rows.length === 0) return html`<p class="bad">${none}</p>`;
  return html`<table>
<thead><tr>${head.map((cell) => html`<th>${cell}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => html`<tr>${row.map((cell, index) => html`<td data-of="${head[index] ?? ''}">${cell}</td>`)}</tr>\n`)}</tbody>
</table>`;
}

function code(text: string): Markup {
  return html`<code>${text}</code>`;
}

function person({ name, email }: Person): Markup {
  return html`${name} &lt;${email}&gt;`;
}

function changed({ changes, services }: ReleaseEvidence): Markup {
  if (changes.length === 0) return html`<p>No service changed. It runs ${services.length} as before.</p>`;
  return html`<p>${changes.length} of ${services.length} services.</p>
${changes.map(changedService)}`;
}

function changedService({ id, kind, label, compare, images, imagesBefore, subjects }: ReleasedChange): Markup {
  const image = (reference: string) => html`<li>${code(reference)}</li>`;
  return html`<article>
<h3>${id} <small>${kind}</small></h3>
<p>${label.replace('->', '→')}${compare === null ? '' : html` · ${link(compare, 'compare')}`}</p>
${subjects.length === 0 ? '' : html`<ul>${subjects.map((subject) => html`<li>${subject}</li>`)}</ul>`}
${images.length === 0 ? '' : html`<p>Images</p><ul>${images.map(image)}</ul>`}
${imagesBefore.length === 0 ? '' : html`<p>Images before</p><ul class="faint">${imagesBefore.map(image)}</ul>`}
</article>`;
}

function wrote({ authors }: ReleaseEvidence): Markup {
  const rows = authors.map(({ name, email }) => [name, email]);
  return html`<p>Who pinned the builds or brought them back, and who wrote what is in them as the pins recorded it.</p>
${grid(['name', 'address'], rows, 'Nobody: nothing changed, or no commit tells.')}`;
}

function tested(release: ReleaseEvidence): Markup {
  const rows = release.tests.map(({ suite, of, result, by, time, url, log }) => [
    suite,
    of,
    html`<span class="${result === 'PASSED' ? 'good' : 'bad'}">${result}</span>`,
    html`${time}${after(time, release)}`,
    person(by),
    url === null ? '' : link(url),
    log === null ? '' : code(log),
  ]);
  const head = ['suite', 'of', 'result', 'when', 'by', 'run', 'SHA-256 of its log'];
  return grid(head, rows, 'No result of any suite is recorded.');
}

function approved(release: ReleaseEvidence): Markup {
  const rows = release.approvals.map(({ by, time, note, url }) => [
    html`${person(by)}${ofTheirOwn(by.email, release)}`,
    html`${time}${after(time, release)}`,
    note ?? url ?? '',
  ]);
  return grid(['who', 'when', 'note'], rows, 'Nobody.');
}

/** An approval of somebody's own work counts only where the policy says so. */
function ofTheirOwn(email: string, { deployment, authors }: ReleaseEvidence): Markup | string {
  const isTheirs = (other: string) => other.toLowerCase() === email.toLowerCase();
  if (isTheirs(deployment.author.email)) return html` <span class="bad">who released it</span>`;
  if (authors.some((author) => isTheirs(author.email))) return html` <span class="bad">who wrote some of it</span>`;
  return '';
}

function after(time: string, { tagged }: ReleaseEvidence): Markup | string {
  return time > tagged.time ? html` <span class="bad">after the release</span>` : '';
}

function promoted({ deployment, tagged, commit }: ReleaseEvidence): Markup {
  const { author, committer, kind, subject, time, ticket, why, promotedTag, reverts, rolledBackTo, landed } =
    deployment;
  const isSame = author.email === committer.email;
  return html`${facts([
    ['commit', code(commit)],
    ['subject', subject],
    ['kind', kind],
    ['author', person(author)],
    ['committer', isSame ? null : person(committer)],
    ['when', time],
    ['landed by', landed && person(landed.by)],
    ['reviewed at', landed?.url ?? null],
    ['ticket', ticket],
    ['why', why],
    ['candidate', promotedTag],
    ['undoes', reverts && code(reverts)],
    ['back to', rolledBackTo && code(rolledBackTo)],
    ['tag object', tagged.oid === null ? 'none: a lightweight tag' : code(tagged.oid)],
    ['tagger', tagged.by === null ? 'nobody is named' : person(tagged.by)],
    ['tagged', tagged.time],
  ])}
${tagged.notes === null ? '' : html`<details open><summary>The notes in the tag</summary><pre>${tagged.notes}</pre></details>`}`;
}

function ran({ ranBefore, deployment: { promotedFrom } }: ReleaseEvidence): Markup {
  const rows = ranBefore.map(({ environment, seconds }) => [environment, formatDuration(seconds)]);
  return html`${promotedFrom === null ? '' : html`<p>Promoted from ${code(promotedFrom)}</p>`}
${grid(['environment', 'how long'], rows, 'This very recipe ran nowhere else before.')}`;
}

function policy({ policy, gates, environment }: ReleaseEvidence): Markup {
  const text = policy.yaml ?? 'Not recorded.';
  const rows = (gates.gates ?? []).map(({ rule, passes, asks, refused }) => [
    html`<span class="${passes ? 'good' : 'bad'}">${passes ? '✓ passed' : '✗ shut'}</span>`,
    rule,
    asks,
    refused.map(({ service, reason }) => (service === null ? reason : `${service}: ${reason}`)).join('; '),
  ]);
  const asked =
    gates.gates?.length === 0
      ? html`<p>It asks for nothing.</p>`
      : grid(['', 'gate', `${environment} …`, 'missing'], rows, 'The state of its gates is not recorded.');
  return html`${facts([
    ['commit', policy.commit === null ? 'not recorded' : code(policy.commit)],
    ['way in', policy.way],
  ])}
<pre>${text}</pre>
<h3>Gates</h3>
<p>${gates.note}</p>
${asked}`;
}

function missing(release: ReleaseEvidence): Markup {
  const rows = release.missing.map(({ kind, service, text }) => [kind, service ?? '', text]);
  if (rows.length === 0) return html`<p>Nothing that the repository knows of.</p>`;
  return grid(['what', 'service', ''], rows, '');
}

function verified({ verify, tag, described }: ReleaseEvidence): Markup {
  const digests = described.flatMap(({ name, digest }) =>
    Object.entries(digest).map(([algorithm, value]) => [name, algorithm, code(value)]),
  );
  return html`<p>In any clone that has the tag ${tag}, each of these prints what stands below it. The recipe is the tree id of <code>apps/</code>: where it is the same, the same runs.</p>
${verify.map(({ command, prints }) => html`<pre>$ ${command}\n${prints}</pre>\n`)}
${grid(['of', 'digest', ''], digests, '')}`;
}

/** Returns the name of a release's file. */
export function packName({ tag }: Pick<ReleaseEvidence, 'tag'>): string {
  return `${tag.replaceAll('/', '-')}.html`;
}

/** Returns what a person reads who had the page written. @param file where it is. */
export function packText(release: ReleaseEvidence, file: string): string {
  const { tag, environment, changes, tests, approvals, missing } = release;
  const passed = tests.filter(({ result }) => result === 'PASSED').length;
  const count = (number: number, what: string) => `${number} ${what}${number === 1 ? '' : 's'}`;
  return `Wrote ${file}: ${tag} in ${environment}, commit ${short(release.commit)}\n  ${count(changes.length, 'service')} changed, ${passed} of ${count(tests.length, 'test')} passed, ${count(approvals.length, 'approval')}, ${count(missing.length, 'thing')} missing\n`;
}

import { EMPTY_TREE, type EnvironmentStatus, type ServiceStatus, type Status, short } from '@eleventh/core';
import type { Painter } from './paint.ts';
import { printable, table } from './table.ts';

/** Returns the matrix of services and environments. `≠` marks a build that its source environment does not run. */
export function matrix({ environments, workspace }: Status, painter: Painter): string {
  const ids = [...new Set(environments.flatMap(({ services }) => services.map(({ id }) => id)))].sort();
  const head = [
    ['', ...environments.map(({ name }) => painter.bold(name))],
    [painter.dim('deploys'), ...environments.map((environment) => painter.dim(deploys(environment)))],
    [painter.dim('commit'), ...environments.map(({ commit }) => painter.dim(commit === null ? '-' : short(commit)))],
    [
      painter.dim('recipe'),
      ...environments.map(({ recipe }) => painter.dim(recipe === EMPTY_TREE ? 'empty' : short(recipe))),
    ],
    [painter.dim(workspace.branch), ...environments.map((environment) => painter.dim(carries(environment)))],
    [''],
  ];
  const runs = new Map(environments.map(({ name, services }) => [name, new Map(services.map((one) => [one.id, one]))]));
  const columns = environments.map(({ name, from }) => ({
    own: runs.get(name),
    sources: from.flatMap((source) => runs.get(source) ?? []),
  }));
  const rows = ids.map((id) => [id, ...columns.map((column) => cell(id, column, painter))]);
  const findings = environments.flatMap(({ name, findings }) =>
    findings.map((finding) => `${painter.yellow('!')} ${painter.bold(name)}: ${printable(finding)}`),
  );
  const differs = rows.some((row) => row.some((text) => text.includes('≠')));
  const none = ids.length === 0 ? ['  Nothing runs anywhere yet.'] : [];
  const legend = differs ? [`  ${painter.dim('≠ not what the environment it takes from runs')}`] : [];
  return `${[table([...head, ...rows]), ...none, ...(legend.length + findings.length > 0 ? [''] : []), ...legend, ...findings].join('\n')}\n`;
}

function deploys({ branch, release, deployed }: EnvironmentStatus): string {
  if (deployed === null || deployed.tag === null) return branch;
  return release === deployed.tag ? `${branch} ${release}` : `${branch} (${deployed.tag} runs)`;
}

function carries({ commit, workspace }: EnvironmentStatus): string {
  if (commit === null) return '-';
  if (workspace === null) return 'differs';
  return workspace.behind === 0 ? 'newest' : `${workspace.behind} behind`;
}

type Services = ReadonlyMap<string, ServiceStatus>;

/** What one environment runs, and what those run from which it takes its recipes. */
interface Column {
  readonly own: Services | undefined;
  readonly sources: readonly Services[];
}

function cell(id: string, column: Column, painter: Painter): string {
  const own = column.own?.get(id);
  const differs = column.sources.length > 0 && !column.sources.some((source) => source.get(id)?.tree === own?.tree);
  const text = own === undefined ? '-' : label(own);
  if (!differs) return own === undefined ? painter.dim(text) : text;
  return painter.yellow(`${text} ≠`);
}

/** Returns the build of a service in a few words. */
export function label({ version, commit, branch }: ServiceStatus): string {
  if (commit === null) return 'unreadable';
  const build = version === null ? short(commit) : `${version} ${short(commit)}`;
  return branch === null || branch === '' || branch === 'main' ? build : `${build} ${printable(branch)}`;
}

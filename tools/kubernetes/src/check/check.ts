import { type CheckException, type CheckSeverity, matchesGlob, type ServiceId, type Snapshot } from '@eleventh/core';
import { type KubernetesObject, type Misfit, objectKey } from '../objects/object.ts';
import { FILE_RULES } from '../rules/files.ts';
import type { EnvironmentReport, EnvironmentRequest, Neighbours, Report, ServiceSubject } from '../rules/rule.ts';
import { ENVIRONMENT_RULES, SERVICE_RULES } from '../rules/rules.ts';
import { SCHEMA_RULES } from '../rules/schema.ts';
import type { CustomKinds } from '../schemas/custom-schemas.ts';
import type { VersionSchemas } from '../schemas/kubernetes-schemas.ts';
import { checkObject } from '../schemas/object-check.ts';
import { type Place, type Reader, rememberingReader, SourceIndex } from '../sources/source-index.ts';
import type { ServiceSummary } from '../summary/summary.ts';
import { isExcepted } from './exceptions.ts';
import { type Finding, ordered } from './finding.ts';
import type { Asked } from './settings.ts';

/** A service as an environment runs it. */
export interface CheckedService {
  readonly id: ServiceId;
  /** The state that it is in. */
  readonly snapshot: Snapshot;
  /** Every file of `apps/<id>/` and `environments/<env>/<id>/`, and those elsewhere that it renders from, by path. */
  readonly files: ReadonlyMap<string, string>;
  /** What it renders to, or why it does not: a sentence. */
  readonly rendered: readonly KubernetesObject[] | { readonly problem: string };
  /** What of it is no object, or has a name that is none. */
  readonly misfits?: readonly Misfit[];
  /** `spec.images` of its `service.yaml`. */
  readonly images: readonly string[];
  /** `spec.check.ignore` of its `service.yaml`. */
  readonly ignore: readonly CheckException[];
}

/** What services are held against. */
export interface Measure {
  readonly environment: EnvironmentRequest;
  readonly asked: Asked;
  readonly schemas: VersionSchemas;
  readonly custom: CustomKinds;
  /** Reads each text once, also for other services and environments. */
  readonly read?: Reader;
}

/** Returns the folder that is built of a service in an environment: the overlay's, or without one the pin's. */
function root({ id, files }: Pick<CheckedService, 'id' | 'files'>, environment: string): string {
  const overlay = `environments/${environment}/${id}`;
  return [...files.keys()].some((path) => path.startsWith(`${overlay}/`)) ? overlay : `apps/${id}`;
}

/** Returns what is found in one service alone. It depends on nothing but its arguments. */
export async function checkService(service: CheckedService, measure: Measure): Promise<Finding[]> {
  const { id, snapshot, files, rendered, images } = service;
  const { environment, asked, schemas, custom, read = rememberingReader() } = measure;
  const index = new SourceIndex(files, root(service, environment.name), read);
  const objects = 'problem' in rendered ? [] : rendered;
  const found: Finding[] = [];
  const add = (rule: string, usual: CheckSeverity, report: Report) => {
    const severity = asked.severity(rule, report.severity ?? usual);
    if (severity === 'off' || isExcepted(rule, severity, report.object, service.ignore)) return;
    const { object, path = [], message, hint } = report;
    const place = report.place ?? (object === undefined ? index.fallback : index.locate(object, path));
    const key = object === undefined ? {} : { object: objectKey(object) };
    found.push({
      rule,
      severity,
      message,
      ...place,
      ...key,
      environment: environment.name,
      service: id,
      ...(hint === undefined ? {} : { hint }),
    });
  };
  const [badYaml, duplicateKey, doesNotRender] = FILE_RULES;
  for (const { problem, isDuplicate, ...place } of index.problems(!('problem' in rendered))) {
    const rule = isDuplicate ? duplicateKey : badYaml;
    add(rule.id, rule.severity, {
      place,
      message: isDuplicate ? 'The map has this key already.' : `${problem.replace(/\.$/, '')}.`,
    });
  }
  if ('problem' in rendered && found.length === 0)
    add(doesNotRender.id, doesNotRender.severity, { message: rendered.problem, place: named(rendered.problem, index) });
  for (const misfit of service.misfits ?? [])
    add(misfit.object === undefined ? doesNotRender.id : 'wrong-type', 'error', misfit);
  const unknown = new Set<string>();
  for (const object of objects) {
    for (const { rule, ...report } of checkObject(object, schemas, custom)) {
      // One word for each kind that nothing knows is enough.
      if (rule === 'no-schema' && unknown.size === unknown.add(`${object.apiVersion}/${object.kind}`).size) continue;
      const usual = SCHEMA_RULES.find((known) => known.id === rule)?.severity ?? 'error';
      add(rule, usual, { object, ...report });
    }
  }
  const subject: ServiceSubject = {
    id,
    snapshot,
    environment,
    objects,
    index,
    images,
    schemas,
    platform: asked.platform,
  };
  for (const rule of SERVICE_RULES)
    for (const report of await rule.service(subject)) add(rule.id, rule.severity, report);
  for (const { rule, severity, report } of customReports(subject, asked)) add(rule, severity, report);
  return ordered(found);
}

/** Returns the file that a renderer complains of: one whose path it names, else the outermost kustomization. */
function named(problem: string, index: SourceIndex): Place {
  const files = [...index.files.keys()].sort((a, b) => b.length - a.length);
  const file = files.find((path) => problem.includes(path)) ?? index.build.layers[0]?.file;
  return file === undefined ? index.fallback : { file, line: 1, column: 1 };
}

function* customReports({ id, environment, objects }: ServiceSubject, { custom }: Asked) {
  for (const { id: rule, match, message, severity, holds } of custom) {
    if (match?.environments?.includes(environment.name) === false) continue;
    if (match?.services?.some((pattern) => matchesGlob(pattern, id)) === false) continue;
    for (const object of objects) {
      if (match?.kinds?.includes(object.kind) === false) continue;
      const problem = told(() => holds(object, id, environment.name));
      if (problem === undefined) continue;
      yield {
        rule: `custom/${rule}`,
        severity,
        report: { object, path: ['metadata', 'name'], message, hint: problem || undefined },
      };
    }
  }
}

/** Returns undefined for a condition that holds, else why that cannot be told; empty where it just does not. */
function told(holds: () => boolean): string | undefined {
  try {
    return holds() ? undefined : '';
  } catch (error) {
    return `It cannot be told: ${(error as Error).message.split('\n')[0]}`;
  }
}

/** The services of an environment, as they were summarized. */
export interface CheckedEnvironment {
  readonly environment: EnvironmentRequest;
  readonly asked: Asked;
  readonly services: ReadonlyMap<ServiceId, ServiceSummary>;
  readonly neighbours: Neighbours;
  /** Returns a service whole; asked only for those in which something is found. */
  readonly open: (id: ServiceId) => Promise<CheckedService>;
  readonly read?: Reader;
}

/** Returns what is found between the services of an environment, and between environments. */
export async function checkEnvironment(checked: CheckedEnvironment): Promise<Finding[]> {
  const { environment, asked, services, neighbours, open, read = rememberingReader() } = checked;
  const opened = new Map<ServiceId, { service: CheckedService; index: SourceIndex }>();
  const opening = async (id: ServiceId) => {
    const known = opened.get(id);
    if (known !== undefined) return known;
    const service = await open(id);
    const made = { service, index: new SourceIndex(service.files, root(service, environment.name), read) };
    opened.set(id, made);
    return made;
  };
  const found: Finding[] = [];
  for (const rule of ENVIRONMENT_RULES) {
    const severity = asked.severity(rule.id, rule.severity);
    if (severity === 'off') continue;
    for (const report of rule.environment({ environment, services, neighbours })) {
      const finding = await located(report, opening);
      if (finding === undefined || isExcepted(rule.id, severity, finding.object, finding.ignore)) continue;
      const { key, service, message, hint } = report;
      found.push({
        rule: rule.id,
        severity,
        message,
        ...finding.place,
        ...(key === undefined ? {} : { object: key }),
        environment: environment.name,
        ...(service === undefined ? {} : { service }),
        ...(hint === undefined ? {} : { hint }),
      });
    }
  }
  return ordered(found);
}

async function located(
  { service: id, key, path = [], file = '' }: EnvironmentReport,
  opening: (id: ServiceId) => Promise<{ service: CheckedService; index: SourceIndex }>,
) {
  if (id === undefined) return { place: { file, line: 1, column: 1 }, object: undefined, ignore: [] };
  const { service, index } = await opening(id);
  const objects = 'problem' in service.rendered ? [] : service.rendered;
  const object = objects.find((each) => objectKey(each) === key);
  const place = object === undefined ? { file, line: 1, column: 1 } : index.locate(object, path);
  return { place, object, ignore: service.ignore };
}

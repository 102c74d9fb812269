import type { CheckSeverity, ServiceId, Snapshot } from '@eleventh/core';
import type { KubernetesObject } from '../objects/object.ts';
import type { VersionSchemas } from '../schemas/kubernetes-schemas.ts';
import type { Path } from '../schemas/schema.ts';
import type { Place, SourceIndex } from '../sources/source-index.ts';
import type { ServiceSummary } from '../summary/summary.ts';

/** A rule, and what its page says. The page's texts are Markdown. */
export interface RulePage {
  readonly id: string;
  readonly severity: CheckSeverity;
  /** One sentence. */
  readonly title: string;
  /** What is found, and what is not. */
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  /** A manifest in which it is found. */
  readonly example: string;
}

/** A rule about the objects of one service in one environment: nothing else is looked at. */
export interface ServiceRule extends RulePage {
  readonly service: (subject: ServiceSubject) => Iterable<Report> | Promise<Iterable<Report>>;
}

/** A rule about all that an environment runs, of which it sees summaries. */
export interface EnvironmentRule extends RulePage {
  readonly environment: (subject: EnvironmentSubject) => Iterable<EnvironmentReport>;
}

/** A service as an environment runs it. */
export interface ServiceSubject {
  readonly id: ServiceId;
  readonly snapshot: Snapshot;
  readonly environment: EnvironmentRequest;
  readonly objects: readonly KubernetesObject[];
  readonly index: SourceIndex;
  /** The repositories that the service's builds come from. */
  readonly images: readonly string[];
  readonly schemas: VersionSchemas;
  /** Who may ship kinds that reach beyond a namespace; null: nobody is told apart. */
  readonly platform: { readonly services: readonly string[]; readonly kinds?: readonly string[] | undefined } | null;
}

/** What an environment asks of every service. */
export interface EnvironmentRequest {
  readonly name: string;
  /** Patterns of the namespaces that are its own. */
  readonly namespaces?: readonly string[] | undefined;
  /** Whether every image has to have a digest. */
  readonly digests: boolean;
}

/** What a rule found: about an object's field, or at a place. */
export interface Report {
  readonly object?: KubernetesObject | undefined;
  readonly path?: Path | undefined;
  readonly place?: Place | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
  /** Where it is less, or more, than the rule's own. */
  readonly severity?: CheckSeverity | undefined;
}

export interface EnvironmentSubject {
  readonly environment: EnvironmentRequest;
  readonly services: ReadonlyMap<ServiceId, ServiceSummary>;
  readonly neighbours: Neighbours;
}

/** What the other environments have, by name, in promotion order; this one among them. */
export type Neighbours = readonly {
  readonly name: string;
  /** The environments whose recipes are promoted here. */
  readonly from: readonly string[];
  /** The services that it has an overlay for. */
  readonly overlays: readonly ServiceId[];
  /** The services in `apps/` on its branch. */
  readonly present: readonly ServiceId[];
}[];

/** What a rule found about an object of a service, by key, or about a file. */
export interface EnvironmentReport {
  readonly service?: ServiceId | undefined;
  readonly key?: string | undefined;
  readonly path?: Path | undefined;
  readonly file?: string | undefined;
  readonly message: string;
  readonly hint?: string | undefined;
}

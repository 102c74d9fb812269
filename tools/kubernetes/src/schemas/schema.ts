/** A schema as OpenAPI writes it, as far as objects are held against it. */
export interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  /** The name of a definition that stands here. */
  readonly $ref?: string;
  /** The fields by which the items of a list are told apart. */
  readonly keys?: readonly string[];
  // What only the schemas of custom resources have.
  readonly nullable?: boolean;
  readonly default?: unknown;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly multipleOf?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly allOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly not?: Schema;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

/** The fields and positions that lead to a value. */
export type Path = readonly (string | number)[];

/** The rules that a schema's problems come under. */
export type SchemaRule =
  | 'unknown-field'
  | 'wrong-type'
  | 'missing-field'
  | 'bad-value'
  | 'duplicate-item'
  | 'removed-api'
  | 'unknown-kind'
  | 'no-schema';

/** What of an object does not fit its schema. */
export interface SchemaProblem {
  readonly rule: SchemaRule;
  readonly path: Path;
  /** One sentence. */
  readonly message: string;
  readonly hint?: string | undefined;
}

/** Returns a path as people write it: `spec.containers[0].image`. */
export function pathText(path: Path): string {
  return path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[\w-]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('')
    .replace(/^\./, '');
}

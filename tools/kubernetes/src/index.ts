export {
  type CheckedEnvironment,
  type CheckedService,
  checkEnvironment,
  checkService,
  type Measure,
} from './check/check.ts';
export {
  type External,
  type ExternalProblem,
  externalFindings,
  externals,
  type Run,
  runExternal,
  runner,
} from './check/external.ts';
export { type Finding, ordered } from './check/finding.ts';
export { githubAnnotations } from './check/formats/github.ts';
export { type Checked, junit } from './check/formats/junit.ts';
export { type ReportTool, sarif } from './check/formats/sarif.ts';
export { type Asked, asked, requireKnown } from './check/settings.ts';
export { type KubernetesObject, objectKey, parseObjects } from './objects/object.ts';
export { isFailure, listedServices, type RenderedEnvironment, renderEnvironment } from './render/environment.ts';
export type { Source } from './render/hermetic.ts';
export {
  type Outcome,
  type Rendered,
  Renderer,
  type RendererOptions,
  type RenderRequest,
  type Unrendered,
} from './render/render.ts';
export type { Tool } from './render/renderer.ts';
export type { EnvironmentRequest, Neighbours, RulePage } from './rules/rule.ts';
export { RULE_PAGES } from './rules/rules.ts';
export { type CustomKind, type CustomKinds, customKind, customKinds } from './schemas/custom-schemas.ts';
export { KubernetesSchemas, VersionSchemas } from './schemas/kubernetes-schemas.ts';
export { readYaml } from './sources/kubernetes-yaml.ts';
export { type Place, type Reader, rememberingReader, SourceIndex } from './sources/source-index.ts';
export { type ServiceSummary, summarize } from './summary/summary.ts';

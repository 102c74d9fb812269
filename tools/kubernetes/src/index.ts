export type { CheckedState } from './check/checked-state.ts';
export type { Finding } from './check/finding.ts';
export { githubAnnotations } from './check/formats/github.ts';
export { junit } from './check/formats/junit.ts';
export { sarif } from './check/formats/sarif.ts';
export {
  checkManifests,
  checkServiceAlone,
  type ManifestCheckOptions,
  type ManifestReport,
} from './check/manifest-check.ts';
export { type MergedFinding, mergedFindings } from './check/merged-findings.ts';
export type { BuildChange } from './diff/build-annotations.ts';
export { type ShownDiff, type ShownField, type ShownHighlight, type ShownObject, showDiff } from './diff/shown-diff.ts';
export { isBlock, type TextLine, textLines, valueLines } from './diff/value-lines.ts';
export { type ImportedLayout, type ImportOptions, importedLayout } from './import/import.ts';
export type { Placed, PlacedIn, Way } from './import/placement.ts';
export { type Difference, differences } from './import/proof.ts';
export type { Unplaced } from './import/root.ts';
export { type KubernetesObject, objectKey, parseObjects } from './objects/object.ts';
export { isFailure, listedServices, type RenderedEnvironment, renderEnvironment } from './render/environment.ts';
export type { Source } from './render/hermetic.ts';
export { PackCache } from './render/pack-cache.ts';
export {
  type Outcome,
  type Rendered,
  Renderer,
  type RendererOptions,
  type RenderRequest,
  type Unrendered,
} from './render/render.ts';
export type { Tool } from './render/renderer.ts';
export { RULE_PAGES } from './rules/rules.ts';
export { KubernetesSchemas } from './schemas/kubernetes-schemas.ts';

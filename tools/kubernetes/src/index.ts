export type { Finding } from './check/finding.ts';
export {
  type CheckedState,
  checkManifests,
  type ManifestCheckOptions,
  type ManifestReport,
} from './check/manifest-check.ts';
export type { BuildChange } from './diff/build-annotations.ts';
export { type ShownDiff, type ShownField, type ShownHighlight, type ShownObject, showDiff } from './diff/shown-diff.ts';
export { isBlock, type TextLine, textLines, valueLines } from './diff/value-lines.ts';
export { type KubernetesObject, objectKey, parseObjects } from './objects/object.ts';
export { KeptFiles } from './render/kept-files.ts';
export type { Program } from './render/program.ts';
export { type Rendered, Renderer, type RendererOptions } from './render/render.ts';
export { KubernetesSchemas } from './schemas/kubernetes-schemas.ts';

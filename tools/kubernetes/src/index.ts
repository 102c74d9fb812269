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

export { buildLabel, buildOrder, type Order } from './build-order.ts';
export * from './deployment.ts';
export { deriveChanges, derivedPath, formatDerived } from './derived.ts';
export { type Environment, formatEnvironment, type Policy } from './environment.ts';
export { EleventhError, type ErrorOptions, type ExitCode, refusal, usageError } from './error.ts';
export type { Gate } from './gates.ts';
export { formatImage, type Image, isRepository, parseImage } from './image.ts';
export { LAYOUTS, type Layout, type LayoutName } from './layout.ts';
export { checkManifestNames, type Files, MANIFEST_LIMITS } from './manifests.ts';
export { formatMessage, type Message, oneLine, parseMessage, type Trailer, trailer, trailers } from './message.ts';
export { environmentName, quoted, type ServiceId, serviceId } from './names.ts';
export { EMPTY_TREE, isOid, type Oid, short } from './object-id.ts';
export { formatOverlay } from './overlay.ts';
export { type Build, formatPin, type Pin, type PinnedImage, parsePin, pinnedReference } from './pin.ts';
export { type BranchPlan, isEmpty, Line, type Plan, type Step, type TagPlan } from './plan.ts';
export { type ComposeRequest, type Composition, planComposition, type Replacement } from './plans/compose.ts';
export { type NewEnvironmentRequest, planEnvironmentAdd } from './plans/environment.ts';
export { type InitPlan, type InitRequest, planInit } from './plans/init.ts';
export { type Pinned, type PinPlan, planPins } from './plans/pin.ts';
export type { PinRequest, RecordedChanges } from './plans/pin-request.ts';
export { type Promotion, type PromotionRequest, planPromotion } from './plans/promote.ts';
export { planRelease, type ReleasePlan, type ReleaseRequest } from './plans/release.ts';
export { planRollback, type Rollback, type RollbackRequest } from './plans/rollback.ts';
export { type NewServiceRequest, planServiceAdd, planServiceRemove, type WorkspacePlan } from './plans/service.ts';
export { planUpdate, type Update } from './plans/update.ts';
export { branchName, branchRef, clashingBranch, isRefName, tagRef } from './ref-names.ts';
export type { ServiceChange } from './release.ts';
export { changeLabel, compareLink } from './release-notes.ts';
export { type Diff, type DiffChange, diff } from './reports/diff.ts';
export { type ListedEnvironment, type ListedService, listEnvironments, listServices } from './reports/list.ts';
export { type Log, type LogEntry, type LoggedChange, log } from './reports/log.ts';
export { type Shown, show } from './reports/show.ts';
export { type EnvironmentStatus, type ServiceStatus, type Status, status } from './reports/status.ts';
export { type Named, resolve } from './resolve.ts';
export {
  type Change,
  type Commit,
  type Entry,
  filesBelow,
  type NamedEntry,
  type Refs,
  type Signature,
  type Snapshot,
  type View,
} from './snapshot.ts';
export { nameHint, suggestion } from './suggestion.ts';
export { type Bump, isTagPattern, parseVersion, tagVersion } from './version.ts';
export { readWorkspace, serviceIds, unknownService, type Workspace } from './workspace.ts';
export { formatWorkspaceFile } from './workspace-file.ts';

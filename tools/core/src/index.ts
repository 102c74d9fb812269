export { EleventhError, type ErrorOptions, type ExitCode, refusal, usageError } from './error.ts';
export type { Sha256 } from './evidence/described.ts';
export { Evidence, type Filed } from './evidence/evidence.ts';
export { GIT_NAMESPACE, OPENPGP, STATEMENT_NAMESPACE, signerProblem } from './evidence/signer.ts';
export type { Person, Statement, Subject } from './evidence/statement.ts';
export {
  asBadAs,
  type CheckException,
  type CheckSettings,
  type CheckSeverity,
  type CustomRule,
  type ExternalCheckers,
  SEVERITIES,
} from './files/check-settings.ts';
export { deriveChanges, derivedPath, formatDerived, servicesIn } from './files/derived-list.ts';
export { formatDuration } from './files/duration.ts';
export { type Environment, formatEnvironment, parseEnvironment } from './files/environment.ts';
export { entries, fields, folded, isMap } from './files/field-name.ts';
export { nameInManifests } from './files/image-placement.ts';
export { KUSTOMIZATIONS, list, type Mention, mentions } from './files/kustomization.ts';
export { LAYOUTS, type Layout, type LayoutName } from './files/layout.ts';
export { localPath } from './files/local-path.ts';
export { checkManifestNames, type Files, MANIFEST_LIMITS, manifestResources } from './files/manifests.ts';
export { compileObjectRule, type ObjectCondition } from './files/object-rule.ts';
export { formatOverlay, overlayFolder } from './files/overlay.ts';
export { checkOverlay } from './files/overlay-check.ts';
export { pathInside } from './files/path-inside.ts';
export {
  type Build,
  formatPin,
  formatUnpinned,
  type Pin,
  type PinnedImage,
  parseCanonicalPin,
  parsePin,
  pinnedReference,
  valuesPath,
} from './files/pin.ts';
export { type Policy, RULES, type Rule, type WrittenPolicy } from './files/policy.ts';
export { parseService, type Service, servicePath } from './files/service.ts';
export { ATTESTATIONS, formatWorkspaceFile, parseWorkspaceFile, WORKSPACE_FILE } from './files/workspace-file.ts';
export { badYaml, kustomizeDocuments, utf8, yamlDocuments } from './files/yaml-file.ts';
export type { Gate, Occasion } from './gates/gate.ts';
export * from './history/deployment.ts';
export {
  formatMessage,
  type Message,
  oneLine,
  parseMessage,
  type Trailer,
  trailer,
  trailers,
} from './history/message.ts';
export { type ServiceChange, serviceChanges } from './history/release.ts';
export { changeLabel, compareLink } from './history/release-notes.ts';
export { isAsRequested, isFromLaterVersion, requestedOnto, requestOf } from './history/request.ts';
export { requirementsOf } from './history/requirements.ts';
export { type Named, resolve } from './history/resolve.ts';
export {
  type AnnotatedTag,
  type Change,
  type Commit,
  type Entry,
  filesBelow,
  type ManifestFlaw,
  type NamedEntry,
  type Refs,
  type Rendering,
  type Signature,
  type Signed,
  type Snapshot,
  type View,
} from './history/snapshot.ts';
export {
  findEnvironment,
  findService,
  readWorkspace,
  serviceIds,
  unknownService,
  type Workspace,
} from './history/workspace.ts';
export { isGlob, matchesGlob } from './names/glob.ts';
export { formatImage, type Image, isRepository, parseImage, sameRepository, splitImage } from './names/image.ts';
export { listed } from './names/listed.ts';
export { environmentName, isServiceId, quoted, type ServiceId, serviceId } from './names/names.ts';
export { EMPTY_TREE, isOid, type Oid, short } from './names/object-id.ts';
export { branchName, branchRef, clashingBranch, isRefName, tagRef } from './names/ref-names.ts';
export { nameHint, suggestion } from './names/suggestion.ts';
export { type Bump, isTagPattern, parseVersion, tagVersion } from './names/version.ts';
export {
  type ApprovalRequest,
  type AttestationPlan,
  planApproval,
  planBlock,
  planTest,
  planUnblock,
  readTested,
} from './plans/attest.ts';
export type { BreakGlassRequest, RecordedBreak } from './plans/break-glass.ts';
export type { Replacement } from './plans/choice.ts';
export { type ComposeRequest, type Composition, planComposition } from './plans/compose.ts';
export { type NewEnvironmentRequest, planEnvironmentAdd } from './plans/environment.ts';
export {
  type ImportedBuild,
  type ImportedService,
  type ImportRequest,
  importedPin,
  planImport,
  planImportedPins,
} from './plans/import.ts';
export { type InitPlan, type InitRequest, planInit } from './plans/init.ts';
export { asRecorded, type GivenApproval, type Landed, planLanding, planRelay } from './plans/landing.ts';
export type { Meant } from './plans/named-subject.ts';
export { type Pinned, type PinPlan, pinPaths, planPins } from './plans/pin.ts';
export type { PinBreak } from './plans/pin-breaks.ts';
export type { PinRequest, RecordedChanges } from './plans/pin-request.ts';
export { type BranchPlan, isEmpty, Line, type Plan, type RequestStep, type Step, type TagPlan } from './plans/plan.ts';
export { type Promotion, type PromotionRequest, planPromotion } from './plans/promote.ts';
export { type Proposal, proposalBranch, propose } from './plans/proposal.ts';
export { type Protection, type ProtectionPlan, type ProtectionRequest, planProtection } from './plans/protection.ts';
export { planRelease, type ReleasePlan, type ReleaseRequest } from './plans/release.ts';
export { planRequest } from './plans/request.ts';
export { planReview } from './plans/review.ts';
export { type Reviewers, reviewersOf } from './plans/reviewers.ts';
export { planRollback, type Rollback, type RollbackRequest } from './plans/rollback.ts';
export { type NewServiceRequest, planServiceAdd, planServiceRemove, type WorkspacePlan } from './plans/service.ts';
export type { Saying } from './plans/statements.ts';
export { planUpdate, type Update } from './plans/update.ts';
export { type Migration, planUpgrade, type UpgradePlan } from './plans/upgrade.ts';
export { type AuditAt, type AuditChanges, type AuditedState, auditAt, auditChanges } from './reports/audit.ts';
export type { AuditedChange } from './reports/audited-change.ts';
export { type CheckedStates, checkedStates } from './reports/checked-states.ts';
export { type Diff, type DiffChange, diff } from './reports/diff.ts';
export { type EnvironmentState, environmentState } from './reports/environment-state.ts';
export { type ListedEnvironment, type ListedService, listEnvironments, listServices } from './reports/list.ts';
export { type Log, type LogEntry, type LoggedChange, type LoggedGlass, log } from './reports/log.ts';
export {
  type CheckedExample,
  type CheckedPolicy,
  checkPolicies,
  type PolicyReport,
  unknownRef,
} from './reports/policy.ts';
export { type ReleasedChange, type ReleaseEvidence, releaseEvidence } from './reports/release-evidence.ts';
export type { Missing } from './reports/release-missing.ts';
export {
  affectedServices,
  plannedSides,
  type SidesToRender,
  type SideToRender,
  sidesToRender,
} from './reports/rendered-sides.ts';
export type { ServiceStatus } from './reports/service-status.ts';
export { type Shown, show } from './reports/show.ts';
export { type EnvironmentStatus, type Status, status } from './reports/status.ts';
export { buildLabel, buildOrder, type Order } from './rules/build-order.ts';
export { recipeBreaks } from './rules/recipe-breaks.ts';
export { type Break, breakReason, breaksIn, type Demand, type Requirements } from './rules/requires.ts';
export { type Checkpoint, parseCheckpoint } from './verify/checkpoint.ts';
export type { Finding } from './verify/finding.ts';
export type { History, KeptRequest, LoggedCommit, Outlined, PathChange } from './verify/history.ts';
export { checkPush, type Objection } from './verify/push.ts';
export type { RefMove } from './verify/received.ts';
export { type Verified, type VerifyRequest, verify } from './verify/verify.ts';

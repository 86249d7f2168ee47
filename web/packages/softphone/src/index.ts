export type { LegState } from "./leg-machine.ts";
export { carriesSound } from "./leg-machine.ts";
export { step, type Table } from "./machine.ts";
export type { FromGateway, GoneReason, ToGateway } from "./messages.ts";
export type { MicrophoneFailure } from "./microphone.ts";
export type { QualityGrade, QualityReport } from "./quality.ts";
export { type LegProblem, Softphone, type SoftphoneView } from "./softphone.ts";
export { Store } from "./store.ts";

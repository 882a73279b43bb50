/** The planner cannot be sure that its plan is right; the epoch is then replayed as the source wrote it. */
export interface PlanDoubt {
  readonly table: string;
  readonly why: string;
}

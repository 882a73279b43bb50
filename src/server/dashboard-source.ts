/** Where the dashboard's outlets get from what they show; texts are JSON as in dashboard/dashboard-json.ts. */
export interface DashboardSource {
  /** When the daemon was started, milliseconds since 1970: numbers of frames are its own. */
  readonly boot: number;
  /** The newest frame; null: there is none yet. */
  newest(): { readonly seq: number; readonly text: string } | null;
  /** What somebody has missed who has all up to frame `seq`; null: who has nothing. */
  historyAfter(seq: number | null): string;
  /** `listener` is called with every frame from now on; what is given back ends that. */
  subscribe(listener: () => void): () => void;
}

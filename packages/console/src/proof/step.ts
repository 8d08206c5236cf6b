/** One thing that was checked, in plain words. */
export interface Step {
  title: string;
  passed: boolean;
  says: string;
  /** What can be compared character by character. */
  detail?: string;
}

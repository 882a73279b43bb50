/** Milliseconds with a fraction, of a clock that all processes of this machine share. Only differences mean anything. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

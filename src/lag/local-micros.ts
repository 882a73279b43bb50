/** Microseconds since 1970 as this process started, counted on by a clock that is never set back. */
export function localMicros(): number {
  return (performance.timeOrigin + performance.now()) * 1_000;
}

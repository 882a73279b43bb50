/** What a row becomes within an epoch: its first before-image or none, its last after-image or none, as slices of events. */
export class RowState {
  before: Buffer | null = null;
  beforeStart = 0;
  beforeEnd = 0;
  after: Buffer | null = null;
  afterStart = 0;
  afterEnd = 0;
  /** After-images it has had. */
  changes = 0;
  /** Which piece of its table the row goes to when the table is split. */
  piece = 0;

  setBefore(bytes: Buffer, start: number, end: number): void {
    this.before = bytes;
    this.beforeStart = start;
    this.beforeEnd = end;
  }

  setAfter(bytes: Buffer, start: number, end: number): void {
    this.after = bytes;
    this.afterStart = start;
    this.afterEnd = end;
    this.changes += 1;
  }

  /** Whether the last after-image is this image. */
  endsAs(bytes: Buffer, start: number, end: number): boolean {
    const { after, afterStart, afterEnd } = this;
    if (after === null || afterEnd - afterStart !== end - start) return false;
    return after.compare(bytes, start, end, afterStart, afterEnd) === 0;
  }

  get bytes(): number {
    return this.beforeEnd - this.beforeStart + this.afterEnd - this.afterStart;
  }

  /** Both images are there and equal: nothing has to be written. */
  get unchanged(): boolean {
    if (this.before === null || this.after === null) return false;
    if (this.beforeEnd - this.beforeStart !== this.afterEnd - this.afterStart) return false;
    return (
      this.before.compare(this.after, this.afterStart, this.afterEnd, this.beforeStart, this.beforeEnd) === 0
    );
  }
}

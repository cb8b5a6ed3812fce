const cell = 64;

/** Rectangles that are taken, so that no text is written over other text. Looked up by squares of a grid. */
export class Occupied {
  private readonly cells = new Map<number, number[]>();
  private readonly rects: number[] = [];

  /** Takes a rectangle when nothing of it is taken yet. */
  take(left: number, top: number, width: number, height: number): boolean {
    const right = left + width;
    const bottom = top + height;
    let free = true;
    this.around(left, top, right, bottom, (list) => {
      for (const at of list) {
        const r = this.rects;
        free &&= r[at] >= right || r[at + 2] <= left || r[at + 1] >= bottom || r[at + 3] <= top;
      }
    });
    if (free) {
      this.add(left, top, width, height);
    }
    return free;
  }

  /** Takes a rectangle whatever is there. */
  add(left: number, top: number, width: number, height: number): void {
    const at = this.rects.push(left, top, left + width, top + height) - 4;
    this.around(left, top, left + width, top + height, (list) => list.push(at));
  }

  private around(left: number, top: number, right: number, bottom: number, use: (list: number[]) => void): void {
    for (let x = Math.floor(left / cell); x <= Math.floor(right / cell); x++) {
      for (let y = Math.floor(top / cell); y <= Math.floor(bottom / cell); y++) {
        const key = x * 65_536 + y;
        let list = this.cells.get(key);
        if (!list) {
          this.cells.set(key, (list = []));
        }
        use(list);
      }
    }
  }
}

// Points that would lie over each other on a map become one circle. No DOM in this file, so node can test it.

export function grouped(points, apart) {
  // `points` ({at: {x, y}}, in pixels) in groups: each lies within `apart` of the first of its group.
  const groups = [];
  const cells = new Map(); // the groups that begin in a square of this width
  for (const point of points) {
    const [column, row] = [Math.floor(point.at.x / apart), Math.floor(point.at.y / apart)];
    const near = [-1, 0, 1].flatMap((right) => [-1, 0, 1].flatMap((down) => cells.get(`${column + right} ${row + down}`) ?? []));
    const group = near.find(([first]) => Math.hypot(first.at.x - point.at.x, first.at.y - point.at.y) < apart);
    if (group) {
      group.push(point);
      continue;
    }
    const cell = `${column} ${row}`;
    groups.push([point]);
    cells.set(cell, [...(cells.get(cell) ?? []), groups.at(-1)]);
  }
  return groups;
}

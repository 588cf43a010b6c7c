// A line chart as SVG, readable on white and on black.

const width = 640;
const height = 320;
const left = 64;
const right = 16;
const top = 40;
const bottom = 44;
const colours = ['#2f7fd3', '#d9731a', '#2e9e5b', '#a95bc4'];

/** A round number of about a fifth of `largest`. */
function stepOf(largest) {
  const rough = largest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= rough);
}

/** `series`: `{name, points: [[x, y], ...]}`. */
export function lineChart({ title, xLabel, yLabel, series }) {
  const points = series.flatMap((one) => one.points);
  const xMax = Math.max(...points.map(([x]) => x));
  const step = stepOf(Math.max(...points.map(([, y]) => y)));
  const yMax = step * Math.ceil(Math.max(...points.map(([, y]) => y)) / step);
  const x = (value) => left + (value / xMax) * (width - left - right);
  const y = (value) => height - bottom - (value / yMax) * (height - top - bottom);
  const text = (at, content, more = '') =>
    `<text x="${at[0]}" y="${at[1]}"${more}>${content}</text>`;
  const parts = [text([left, 18], title, ' font-weight="bold"')];
  for (let value = 0; value <= yMax; value += step) {
    const at = y(value).toFixed(1);
    parts.push(`<path d="M${left} ${at}H${width - right}" stroke="#888" stroke-opacity=".35"/>`);
    parts.push(text([left - 6, Number(at) + 4], value.toLocaleString('en'), ' text-anchor="end"'));
  }
  for (const value of new Set(points.map(([px]) => px))) {
    const at = x(value).toFixed(1);
    parts.push(text([at, height - bottom + 18], value, ' text-anchor="middle"'));
  }
  parts.push(text([(left + width - right) / 2, height - 8], xLabel, ' text-anchor="middle"'));
  parts.push(text([left, top - 8], yLabel));
  series.forEach(({ name, points: line }, i) => {
    const colour = colours[i % colours.length];
    const path = line.map(([px, py]) => `${x(px).toFixed(1)} ${y(py).toFixed(1)}`).join('L');
    parts.push(`<path d="M${path}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [px, py] of line) {
      parts.push(
        `<circle cx="${x(px).toFixed(1)}" cy="${y(py).toFixed(1)}" r="3" fill="${colour}"/>`,
      );
    }
    const at = 18 + i * 16;
    parts.push(`<rect x="${width - 240}" y="${at - 9}" width="10" height="10" fill="${colour}"/>`);
    parts.push(text([width - 224, at], name));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12" fill="#888">
<title>${title}</title>
${parts.join('\n')}
</svg>
`;
}

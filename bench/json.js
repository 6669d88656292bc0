// JSON: the document of bench/json.lua, parsed and written by node's JSON.
// Prints one line of JSON: {"peer": ..., "parse_mb_s": ..., "stringify_mb_s": ...}.
'use strict';

const cities = ['Berlin', 'Buenos Aires', 'Kyoto', 'Nairobi', 'San Francisco'];
const pad = (number, width) => String(number).padStart(width, '0');

function documentOf(size) {
  const records = [];
  let length = 2;
  for (let i = 1; length < size; i++) {
    const record =
      `{"id":${i},"name":"User ${i}","email":"user${i}@example.com","active":${i % 3 === 0},` +
      `"score":${i % 100}.${pad((i % 89) + 10, 2)},` +
      `"address":{"street":"${i % 500} Main Street","city":"${cities[i % 5]}","zip":"${pad((i * 7) % 99999, 5)}"},` +
      `"tags":["alpha","beta-${i % 10}"],"manager":null,` +
      `"bio":"Likes \\"quotes\\" and long walks, joined in ${1990 + (i % 30)}."}`;
    records.push(record);
    length += record.length + 1;
  }
  return `[${records.join(',')}]`;
}

// Megabytes a second of CPU time: the best of five rounds.
function rate(bytes, run) {
  let best = 0;
  for (let round = 0; round < 5; round++) {
    const start = process.cpuUsage();
    let count = 0;
    let spent = 0;
    do {
      run();
      count++;
      const used = process.cpuUsage(start);
      spent = (used.user + used.system) / 1e6;
    } while (spent < 0.4);
    best = Math.max(best, (bytes * count) / spent / 1e6);
  }
  return best;
}

const text = documentOf(1000000);
const value = JSON.parse(text);
const written = JSON.stringify(value);
const parsed = rate(text.length, () => JSON.parse(text));
const stringified = rate(written.length, () => JSON.stringify(value));
console.log(JSON.stringify({
  peer: 'node',
  parse_mb_s: Number(parsed.toFixed(1)),
  stringify_mb_s: Number(stringified.toFixed(1)),
}));

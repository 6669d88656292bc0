// The output of a child, line by line: the same as child.lua, for node.

const { spawn, exec } = require('child_process');

const LINES = 100000;
const ROUNDS = Number(process.argv[2]) || 41;

// Adds up the numbers of all whole lines. Returns the sum and what is left.
function addLines(text) {
  let sum = 0, first = 0;
  for (;;) {
    const last = text.indexOf('\n', first);
    if (last < 0) break;
    sum += Number(text.slice(first, last));
    first = last + 1;
  }
  return [sum, text.slice(first)];
}

function withCount(done) {
  let count = 0;
  const child = spawn('seq', [LINES]);
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk) => {
    for (let last = chunk.indexOf('\n'); last >= 0; last = chunk.indexOf('\n', last + 1)) count++;
  });
  child.on('close', () => done(count * (count + 1) / 2));
}

function withSpawn(done) {
  let total = 0, rest = '', sum;
  const child = spawn('seq', [LINES]);
  child.stdout.setEncoding('latin1');
  child.stdout.on('data', (chunk) => {
    [sum, rest] = addLines(rest + chunk);
    total += sum;
  });
  child.on('close', () => done(total));
}

function withExec(done) {
  exec('seq ' + LINES, { encoding: 'latin1' }, (err, stdout) => {
    if (err) throw err;
    done(addLines(stdout)[0]);
  });
}

function cpu() {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) / 1000;
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[Math.ceil(sorted.length / 2) - 1];
}

function measure(name, run, after) {
  const times = [], cpus = [];
  const again = () => {
    const start = process.hrtime.bigint(), used = cpu();
    run((total) => {
      if (total !== LINES * (LINES + 1) / 2) throw new Error('lines are missing');
      times.push(Number(process.hrtime.bigint() - start) / 1e6);
      cpus.push(cpu() - used);
      if (times.length < ROUNDS) return again();
      const shown = [times[0], cpus[0], median(times), median(cpus)].map((n) => n.toFixed(2));
      console.log(`${name.padEnd(5)} ${LINES} lines: first ${shown[0]} ms, ${shown[1]} ms of CPU; `
        + `then ${shown[2]} ms, ${shown[3]} ms of CPU`);
      if (after) after();
    });
  };
  again();
}

if (process.argv[3] === 'exec') {
  measure('exec', withExec);
} else {
  measure('spawn', withSpawn, () => measure('exec', withExec, () => measure('count', withCount)));
}

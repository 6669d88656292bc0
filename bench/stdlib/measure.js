// bench/uv/measure.lua for node: the same lines of JSON, the same variables of the environment.
'use strict';

const SECONDS = Number(process.env.BENCH_SECONDS || 0.3);
const ONLY = process.env.BENCH_ONLY && new RegExp(process.env.BENCH_ONLY.replace(/%(.)/g, '\\$1'));
const WARM_UP = 0.25 * SECONDS;

// User and system time of the process so far, in seconds.
function cpu() {
  const usage = process.cpuUsage();
  return (usage.user + usage.system) / 1e6;
}

// Calls `batch` again and again, as `measure.calls`: it does something and returns how often.
exports.calls = function (name, unit, batch) {
  if (ONLY && !ONLY.test(name)) return;
  function run(seconds) {
    const begun = process.hrtime.bigint();
    const used = cpu();
    let count = 0;
    let elapsed;
    do {
      count += batch();
      elapsed = Number(process.hrtime.bigint() - begun) / 1e9;
    } while (elapsed < seconds);
    return { rate: count / elapsed, cpu: (cpu() - used) * 1e6 / count };
  }
  run(WARM_UP);
  console.log(JSON.stringify({ name, unit, ...run(SECONDS) }));
};

// Counts what happens in the loop, as `measure.loop`; resolves when all is over.
exports.loop = function (name, unit, start) {
  if (ONLY && !ONLY.test(name)) return Promise.resolve();
  return new Promise((resolve) => {
    let total = 0;
    let over = false;
    start((n) => { total += n; }, () => over, resolve);
    setTimeout(() => {
      const begun = process.hrtime.bigint();
      const used = cpu();
      total = 0;
      setTimeout(() => {
        const elapsed = Number(process.hrtime.bigint() - begun) / 1e9;
        console.log(JSON.stringify({ name, unit, rate: total / elapsed, cpu: (cpu() - used) * 1e6 / total }));
        over = true;
      }, SECONDS * 1000);
    }, WARM_UP * 1000);
  });
};

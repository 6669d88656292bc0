// fs.lua for node.
'use strict';

const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const measure = require('./measure.js');

const FILES = 10000;
const SMALL = 1000;
const LARGE = 64 * 1024 * 1024;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'luvit-bench-'));
const names = [];
for (let i = 0; i < 100; i++) {
  names.push(path.join(folder, String(i)));
  fs.writeFileSync(names[i], 'x'.repeat(SMALL));
}
const large = path.join(folder, 'large');
fs.writeFileSync(large, require('crypto').randomBytes(LARGE));

function readFiles(width) {
  return (count, ended, finish) => {
    let started = 0;
    let done = 0;
    function read() {
      fs.readFile(names[started++ % 100], (err, data) => {
        if (err || data.length !== SMALL) throw err || new Error('short');
        done++;
        count(1);
        if (started < FILES) return read();
        if (done < FILES) return;
        if (ended()) return finish();
        started = done = 0;
        for (let i = 0; i < width; i++) read();
      });
    }
    for (let i = 0; i < width; i++) read();
  };
}

function writeFiles(count, ended, finish) {
  const data = Buffer.alloc(SMALL, 'y');
  let running = 10;
  for (let i = 0; i < 10; i++) {
    const write = (err) => {
      if (err) throw err;
      count(1);
      if (!ended()) fs.writeFile(names[i], data, write);
      else if (--running === 0) finish();
    };
    fs.writeFile(names[i], data, write);
  }
}

function transfer(count, ended, finish) {
  const server = net.createServer({ allowHalfOpen: true }, (client) => {
    client.on('data', (chunk) => count(chunk.length / 1e6));
    client.on('end', () => client.end());
  });
  function again() {
    if (ended()) return server.close(finish);
    const socket = net.connect(server.address().port, '127.0.0.1', () => {
      socket.on('close', again);
      socket.resume();
      fs.createReadStream(large).pipe(socket);
    });
  }
  server.listen(0, '127.0.0.1', again);
}

(async () => {
  await measure.loop('readFile, 1 KB, 10 in flight', 'files/s', readFiles(10));
  await measure.loop('readFile, 1 KB, 10,000 at once', 'files/s', readFiles(FILES));
  await measure.loop('writeFile, 1 KB, 10 in flight', 'files/s', writeFiles);
  await measure.loop('file to socket, pipe', 'MB/s', transfer);
  fs.rmSync(folder, { recursive: true });
})();

// crypto.lua for node and bun.
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const os = require('os');
const path = require('path');
const measure = require('../stdlib/measure.js');

const GIGABYTE = 1000000000;
const BLOCK = Buffer.alloc(1000000, 'x');
const SMALL = Buffer.from('a message of some sixty bytes, as a token or a header would be');
const LARGE = Buffer.alloc(16384, 'y');

// `run` a hundred times between two looks at the clock.
function small(name, run) {
  measure.calls(name, 'calls/s', () => {
    for (let i = 0; i < 100; i++) run();
    return 100;
  });
}

function large(name, run) {
  measure.calls(name, 'MB/s', () => {
    for (let i = 0; i < 10; i++) run();
    return 10 * LARGE.length / 1e6;
  });
}

function once(name, bytes, run) {
  if (process.env.BENCH_ONLY && !new RegExp(process.env.BENCH_ONLY.replace(/%(.)/g, '\\$1')).test(name)) return;
  const used = process.cpuUsage();
  const begun = process.hrtime.bigint();
  return Promise.resolve(run()).then(() => {
    const elapsed = Number(process.hrtime.bigint() - begun) / 1e9;
    const { user, system } = process.cpuUsage(used);
    console.log(JSON.stringify({ name, unit: 'MB/s', rate: bytes / 1e6 / elapsed, cpu: (user + system) / (bytes / 1e6) }));
  });
}

(async () => {
  await once('sha256 of 1 GB, updates of 1 MB', GIGABYTE, () => {
    const hash = crypto.createHash('sha256');
    for (let i = 0; i < GIGABYTE / BLOCK.length; i++) hash.update(BLOCK);
    if (hash.digest('hex').length !== 64) throw new Error('no digest');
  });
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'luvit-bench-'));
  const file = path.join(folder, 'large');
  const fd = fs.openSync(file, 'w');
  for (let i = 0; i < GIGABYTE / BLOCK.length; i++) fs.writeSync(fd, BLOCK);
  fs.closeSync(fd);
  await once('sha256 of 1 GB, file through pipe', GIGABYTE, () => new Promise((resolve, reject) => {
    const hash = crypto.createHash('sha256');
    fs.createReadStream(file).pipe(hash);
    hash.on('error', reject);
    hash.on('finish', () => {
      if (hash.read().toString('hex').length !== 64) return reject(new Error('no digest'));
      resolve();
    });
  }));
  fs.rmSync(folder, { recursive: true });

  for (const name of ['md5', 'sha1', 'sha256', 'sha512', 'sha3-256']) {
    small(`${name}, 62 bytes`, () => crypto.createHash(name).update(SMALL).digest('hex'));
  }
  for (const name of ['sha1', 'sha256', 'sha512', 'sha3-256', 'blake2b512']) {
    large(`${name}, 16 KiB`, () => crypto.createHash(name).update(LARGE).digest('hex'));
  }
  small('hmac sha256, 62 bytes', () => crypto.createHmac('sha256', 'a key of an application').update(SMALL).digest('hex'));
  large('hmac sha256, 16 KiB', () => crypto.createHmac('sha256', 'a key of an application').update(LARGE).digest('hex'));

  for (const [name, size, mac] of [['aes-128-gcm', 16, true], ['aes-256-gcm', 32, true], ['chacha20-poly1305', 32, true], ['aes-256-cbc', 32, false]]) {
    const key = Buffer.alloc(size, 'k');
    const iv = Buffer.alloc(mac ? 12 : 16, 'i');
    const options = mac ? { authTagLength: 16 } : undefined;
    const encrypt = (data) => {
      const cipher = crypto.createCipheriv(name, key, iv, options);
      const sealed = cipher.update(data);
      cipher.final();
      if (mac) cipher.getAuthTag();
      return sealed;
    };
    try {
      encrypt(SMALL);
    } catch {
      continue; // bun has no ChaCha20-Poly1305 here.
    }
    small(`${name}, 62 bytes`, () => encrypt(SMALL));
    large(`${name}, 16 KiB`, () => encrypt(LARGE));
  }

  const pairs = {
    'Ed25519': crypto.generateKeyPairSync('ed25519'),
    'ECDSA P-256': crypto.generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
    'RSA 2048': crypto.generateKeyPairSync('rsa', { modulusLength: 2048 }),
  };
  for (const [name, { privateKey, publicKey }] of Object.entries(pairs)) {
    const digest = name === 'Ed25519' ? null : 'sha256';
    const signature = crypto.sign(digest, SMALL, privateKey);
    if (!crypto.verify(digest, SMALL, publicKey, signature)) throw new Error('a signature is refused');
    small(`${name}, sign`, () => crypto.sign(digest, SMALL, privateKey));
    small(`${name}, verify`, () => crypto.verify(digest, SMALL, publicKey, signature));
  }

  small('randomBytes(16)', () => crypto.randomBytes(16));
  small('randomUUID', () => crypto.randomUUID());
  small('timingSafeEqual', () => crypto.timingSafeEqual(SMALL, SMALL));
})();

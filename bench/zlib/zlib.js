// zlib.lua for node and bun.
'use strict';

const zlib = require('zlib');
const measure = require('../stdlib/measure.js');

const SIZES = [['1 KB', 1000], ['100 KB', 100000], ['10 MB', 10000000]];
const CHUNK = 65536;
const quality = (value) => ({ params: { [zlib.constants.BROTLI_PARAM_QUALITY]: value } });

// The same text as that of zlib.lua: records whose words come from a small generator.
function text(size) {
  const words = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel', 'india', 'juliett', 'kilo', 'lima'];
  let state = 42;
  const next = (limit) => {
    state = (state * 16807) % 2147483647;
    return state % limit;
  };
  const parts = [];
  let length = 0;
  while (length < size) {
    const line = `{"id":${next(1000000)},"name":"${words[next(12)]} ${words[next(12)]}","active":${next(2) === 1},"score":${next(10000)}}\n`;
    parts.push(line);
    length += line.length;
  }
  return Buffer.from(parts.join('').slice(0, size));
}

function same(a, b) {
  if (!a.equals(b)) throw new Error('wrong bytes');
}

// How often a batch repeats something, so that the clock is read seldom.
const repeats = (size) => Math.max(1, Math.floor(100000 / size));

function oneShot(name, input, size, run) {
  const count = repeats(size);
  measure.calls(name, 'MB/s', () => {
    for (let i = 0; i < count; i++) run(input);
    return count * size / 1e6;
  });
}

// What goes through is counted where it is uncompressed: `packs` says on which side.
function stream(name, make, input, packs) {
  return measure.loop(name, 'MB/s', (count, ended, finish) => {
    function again() {
      if (ended()) return finish();
      const through = make();
      through.on('data', (chunk) => { if (!packs) count(chunk.length / 1e6); });
      through.on('end', again);
      let at = 0;
      const feed = () => {
        while (at < input.length) {
          const piece = input.subarray(at, at + CHUNK);
          at += CHUNK;
          if (!through.write(piece, () => { if (packs) count(piece.length / 1e6); })) return;
        }
        through.removeListener('drain', feed);
        through.end();
      };
      through.on('drain', feed);
      feed();
    }
    again();
  });
}

(async () => {
  for (const [label, size] of SIZES) {
    const data = text(size);
    const packed = zlib.gzipSync(data, { level: 6 });
    same(zlib.gunzipSync(packed), data);
    for (const level of [1, 6, 9]) {
      oneShot(`gzip ${level}, ${label}`, data, size, (input) => zlib.gzipSync(input, { level }));
    }
    oneShot(`gunzip, ${label}`, packed, size, (input) => zlib.gunzipSync(input));
    const brotli = zlib.brotliCompressSync(data, quality(5));
    same(zlib.brotliDecompressSync(brotli), data);
    oneShot(`brotli 5, ${label}`, data, size, (input) => zlib.brotliCompressSync(input, quality(5)));
    if (size < 1000000) oneShot(`brotli 11, ${label}`, data, size, (input) => zlib.brotliCompressSync(input, quality(11)));
    oneShot(`brotli decompress, ${label}`, brotli, size, (input) => zlib.brotliDecompressSync(input));
    if (size > 1000000) {
      for (const level of [1, 6, 9]) await stream(`gzip ${level}, stream`, () => zlib.createGzip({ level }), data, true);
      await stream('gunzip, stream', () => zlib.createGunzip(), packed, false);
      await stream('brotli 5, stream', () => zlib.createBrotliCompress(quality(5)), data, true);
      await stream('brotli decompress, stream', () => zlib.createBrotliDecompress(), brotli, false);
    }
  }
})();

// bulk.lua for node and bun.
const fs = require('fs');
const tls = require('tls');

const BLOCK = Buffer.alloc(65536, 'x');
const options = { cert: fs.readFileSync(process.env.CERT), key: fs.readFileSync(process.env.KEY) };

tls.createServer(options, (socket) => {
  socket.on('error', () => {});
  socket.once('data', (word) => {
    if (word[0] === 'u'.charCodeAt(0)) return socket.on('data', () => {});
    const pump = () => {
      while (!socket.destroyed && socket.write(BLOCK));
    };
    socket.on('drain', pump);
    pump();
  });
}).listen(Number(process.env.PORT), '127.0.0.1');

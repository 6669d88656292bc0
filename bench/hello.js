// The hello server of the benchmark, for node: PORT=8080 node bench/hello.js
const http = require('http');

const port = Number(process.env.PORT || process.argv[2] || 8080);

const server = http.createServer((req, res) => {
  const body = 'Hello world\n';
  res.writeHead(200, {
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
  });
  res.end(body);
});

// Ten minutes, as for every peer, so that idle connections stay open while they are measured.
server.keepAliveTimeout = 600000;
server.listen(port, '127.0.0.1');

// The hello server over TLS, for node: PORT=8443 CERT=cert.pem KEY=key.pem node bench/tls/hello.js
const fs = require('fs');
const https = require('https');

const options = { cert: fs.readFileSync(process.env.CERT), key: fs.readFileSync(process.env.KEY) };

const server = https.createServer(options, (req, res) => {
  const body = 'Hello world\n';
  res.writeHead(200, {
    'Content-Type': 'text/plain',
    'Content-Length': body.length,
  });
  res.end(body);
});

// As ../hello.js.
server.keepAliveTimeout = 600000;
server.listen(Number(process.env.PORT), '127.0.0.1');

// The hello server over TLS, for bun: PORT=8443 CERT=cert.pem KEY=key.pem bun bench/tls/hello.bun.js
Bun.serve({
  port: Number(process.env.PORT),
  hostname: '127.0.0.1',
  idleTimeout: 0,
  tls: { cert: Bun.file(process.env.CERT), key: Bun.file(process.env.KEY) },
  fetch() {
    const body = 'Hello world\n';
    return new Response(body, {
      status: 200,
      headers: { 'Content-Type': 'text/plain' },
    });
  },
});

// The hello server of the benchmark, for bun: PORT=8080 bun bench/hello.bun.js
Bun.serve({
  port: Number(process.env.PORT || process.argv[2] || 8080),
  hostname: '127.0.0.1',
  // 0: an idle connection is never closed (the longest bun can be told otherwise is 255 seconds).
  idleTimeout: 0,
  fetch() {
    const body = 'Hello world\n';
    // bun adds Content-Length by itself, for less than a header set here costs: its best is what counts.
    return new Response(body, {
      status: 200,
      headers: { 'Content-Type': 'text/plain' },
    });
  },
});

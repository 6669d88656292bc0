// The hello server of the benchmark, for deno: PORT=8080 deno run --allow-net --allow-env bench/hello.deno.js
Deno.serve({
  port: Number(Deno.env.get('PORT') || Deno.args[0] || 8080),
  hostname: '127.0.0.1',
  onListen() {},
}, () => {
  const body = 'Hello world\n';
  // deno adds Content-Length by itself, for less than a header set here costs: its best is what counts.
  return new Response(body, {
    status: 200,
    headers: { 'Content-Type': 'text/plain' },
  });
});

// nodemailer as its manual says for bulk: a pool, one message built for each reader. Settings come as JSON on stdin.
const about = JSON.parse(require("fs").readFileSync(0, "utf8"));
const { port, connections, count, html, text, dkim } = about;
const transport = require("nodemailer").createTransport({
  pool: true, host: "127.0.0.1", port, maxConnections: connections, maxMessages: Infinity,
  secure: false, ignoreTLS: true, disableFileAccess: true, ...(dkim ? { dkim } : {}),
});
let next = 0;
const one = async () => {
  while (next < count) {
    const number = next++;
    const own = `https://news.harbour.example/u/${number.toString().padStart(30, "x")}`;
    await transport.sendMail({
      envelope: { from: `b+${number}@bounces.harbour.example`, to: `reader.${number}@mail.example.org` },
      from: '"The Harbour Herald" <morning@news.harbour.example>', to: `reader.${number}@mail.example.org`,
      subject: "The morning", html: html.replaceAll("{own}", own), text: text.replaceAll("{own}", own),
      list: { unsubscribe: own },
      headers: { "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
    });
  }
};
(async () => {
  const begun = process.hrtime.bigint();
  await Promise.all(Array.from({ length: 2 * connections }, one));
  const seconds = Number(process.hrtime.bigint() - begun) / 1e9;
  transport.close();
  console.log(JSON.stringify({ rate: count / seconds }));
})();

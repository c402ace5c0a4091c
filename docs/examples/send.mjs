// Sends events to floorwatch: one with an API key, a batch as gzipped JSON lines, one signed as Standard Webhooks says. Node 18 or later.
import { createHmac, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';

const { FLOORWATCH_URL: url = 'http://127.0.0.1:8090', FLOORWATCH_API_KEY: apiKey, FLOORWATCH_SOURCE: source, FLOORWATCH_SECRET: secret } = process.env;

// message is what a customer wrote just now. Keep it until it is sent: a retry needs the same event_id.
function message(direction = 'in') {
  return {
    type: 'message', event_id: randomUUID(), occurred_at: new Date().toISOString(), conversation_id: 'javascript-1',
    message_id: randomUUID(), direction, author_kind: 'customer', text: 'Where is my order?',
  };
}

// send sends until the gateway has decided, and returns its verdicts. headers gives those of an attempt.
async function send(path, body, headers) {
  for (let attempt = 0; attempt < 8; attempt++) {
    let wait = 2 ** attempt;
    try {
      const response = await fetch(url + path, { method: 'POST', body, headers: headers(), signal: AbortSignal.timeout(30_000) });
      if (response.ok) return await response.json();
      if (response.status < 500 && response.status !== 429) {
        console.error(`refused: ${response.status} ${await response.text()}`); // the same would be refused again
        process.exit(1);
      }
      wait = Number(response.headers.get('retry-after')) || wait;
    } catch (error) {
      console.error(`no answer: ${error.message}`);
    }
    await sleep(wait * 1000);
  }
  console.error('not sent: keep the events and try again later');
  process.exit(1);
}

const withKey = (contentType, more) => () => ({ authorization: `Bearer ${apiKey}`, 'content-type': contentType, ...more });

// signed signs anew for each attempt, with the same id: a signature holds for 5 minutes.
function signed(body) {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const id = randomUUID();
  return () => {
    const at = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', key).update(`${id}.${at}.${body}`).digest('base64');
    return { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': `v1,${signature}`, 'content-type': 'application/json' };
  };
}

function tell(what, answer) {
  console.log(`${what}: ${answer.accepted} accepted, ${answer.rejected} rejected`);
  for (const verdict of answer.events.filter((v) => v.status === 'rejected')) {
    console.log(`  line ${verdict.line}: ${verdict.reason}: ${verdict.detail}`);
  }
}

tell('one event', await send('/v1/events', JSON.stringify(message()), withKey('application/json')));

const lines = [message(), message(), message('sideways')].map((m) => JSON.stringify(m)).join('\n'); // the last is wrong, to show a verdict
tell('a batch', await send('/v1/events', gzipSync(lines), withKey('application/x-ndjson', { 'content-encoding': 'gzip' })));

const body = JSON.stringify(message());
tell('one, signed', await send(`/v1/events/${source}`, body, signed(body)));

// Talks to lc-proxy as any application would: OpenAI's SDK, a base URL, nothing else. Prints one JSON object.
import OpenAI from 'openai';

const [baseURL, model, slowModel] = process.argv.slice(2);
const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0, timeout: 120_000 });
const question = [{ role: 'user', content: 'What is the capital of Norway?' }];

const models = [];
for await (const each of client.models.list()) {
  models.push(each.id);
}

const answer = await client.chat.completions.create({ model, messages: question, temperature: 0 });

let streamed = '';
let finish = null;
for await (const chunk of await client.chat.completions.create({ model, messages: question, temperature: 0, stream: true })) {
  streamed += chunk.choices[0]?.delta?.content ?? '';
  finish = chunk.choices[0]?.finish_reason ?? finish;
}

const aborted = await client.chat.completions.create({
  model: slowModel,
  messages: [{ role: 'user', content: 'Tell me a story.' }],
  stream: true,
  max_tokens: 200,
});
let received = 0;
for await (const chunk of aborted) {
  received += chunk.choices.length;
  break; // leaving the loop is how applications abort
}

let unknown = null;
try {
  await client.chat.completions.create({ model: 'nobody/nothing', messages: question });
} catch (error) {
  unknown = { name: error.constructor.name, status: error.status, code: error.code, type: error.type, message: error.message };
}

console.log(JSON.stringify({ models, answer: answer.choices[0].message.content, usage: answer.usage, streamed, finish, received, unknown }));

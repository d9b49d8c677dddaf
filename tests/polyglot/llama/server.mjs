// A llama.cpp server in the shape of OpenAI's API: GET /v1/models, POST /v1/completions and /v1/chat/completions, streamed or not.
// It is what a team's vLLM or llama.cpp server is to the report service, with a model of a megabyte.
//
//   node server.mjs MODEL.gguf [PORT]      prints one line with its address; 0 or no port takes a free one
//
// The model has no chat template: a conversation is its messages in order, one a line.
import http from "node:http";
import path from "node:path";
import {getLlama} from "node-llama-cpp";

const [file, port = "0"] = process.argv.slice(2);
const llama = await getLlama({gpu: false, build: "never", skipDownload: true, maxThreads: 1, logLevel: "error"});
const model = await llama.loadModel({modelPath: path.resolve(file)});
const context = await model.createContext({contextSize: model.trainContextSize, sequences: 1, threads: 1}); // threads: the default takes 700 times as long
const sequence = context.getSequence();
const name = path.basename(file, ".gguf");

let last = Promise.resolve(); // one sequence: a request waits for the one before it
const inTurn = (work) => (last = last.then(work, work));

/** Yields the text that follows the prompt, piece by piece, and returns why it ended. */
async function* complete(prompt, {temperature = 1, seed, maxTokens, signal}) {
  await sequence.clearHistory();
  const room = Math.max(context.contextSize / 2, context.contextSize - maxTokens) - 1; // of a prompt that is too long the end is kept
  const tokens = [...(model.tokens.shouldPrependBosToken ? [model.tokens.bos] : []), ...model.tokenize(prompt, false).slice(-room)];
  const written = [];
  let told = "";
  for await (const token of sequence.evaluate(tokens, {temperature, ...(seed === undefined ? {} : {seed})})) {
    if (signal.aborted) return "stop";
    if (token === model.tokens.eos || token === model.tokens.bos) return "stop"; // a new story starts where one ends
    written.push(token);
    const text = model.detokenize(written, false, tokens);
    if (text.length > told.length && !text.endsWith("\ufffd")) { // a character may be several tokens
      yield text.slice(told.length);
      told = text;
    }
    if (written.length >= maxTokens || tokens.length + written.length >= context.contextSize) return "length";
  }
  return "stop";
}

const choice = {
  "/v1/completions": {object: "text_completion", piece: (text) => ({text}), whole: (text) => ({text}), prompt: (b) => b.prompt},
  "/v1/chat/completions": {
    object: "chat.completion",
    piece: (content) => ({delta: content === "" ? {} : {role: "assistant", content}}),
    whole: (content) => ({message: {role: "assistant", content}}),
    prompt: (b) => b.messages?.map((m) => (typeof m.content === "string" ? m.content : m.content.map((c) => c.text ?? "").join(""))).join("\n"),
  },
};

const refuse = (response, status, message) => {
  response.writeHead(status, {"content-type": "application/json"});
  response.end(JSON.stringify({error: {message, type: "invalid_request_error"}}));
};

async function answer(request, response) {
  const shape = choice[request.url];
  if (request.method === "GET" && request.url === "/v1/models") {
    response.writeHead(200, {"content-type": "application/json"});
    return response.end(JSON.stringify({object: "list", data: [{id: name, object: "model", owned_by: "local"}]}));
  }
  if (request.method !== "POST" || !shape) return refuse(response, 404, `${request.method} ${request.url} is not served`);
  const parts = [];
  for await (const part of request) parts.push(part);
  let body;
  try { body = JSON.parse(Buffer.concat(parts)); } catch { return refuse(response, 400, "the body is no JSON"); }
  const prompt = shape.prompt(body);
  if (typeof prompt !== "string") return refuse(response, 400, "no prompt");
  if (body.model !== name) return refuse(response, 404, `the model '${body.model}' does not exist`);

  const gone = new AbortController();
  response.on("close", () => gone.abort());
  await inTurn(async () => {
    const head = {id: `cmpl-${Date.now()}`, created: Math.floor(Date.now() / 1000), model: name};
    const pieces = complete(prompt, {
      temperature: body.temperature, seed: body.seed, maxTokens: body.max_completion_tokens ?? body.max_tokens ?? context.contextSize, signal: gone.signal,
    });
    const send = (choices) => response.write(`data: ${JSON.stringify({...head, object: shape.object + (shape.object === "chat.completion" ? ".chunk" : ""), choices: [{index: 0, ...choices}]})}\n\n`);
    if (body.stream) response.writeHead(200, {"content-type": "text/event-stream"});
    let text = "", step;
    while (!(step = await pieces.next()).done) {
      text += step.value;
      if (body.stream) send({...shape.piece(step.value), finish_reason: null});
    }
    if (body.stream) {
      send({...shape.piece(""), finish_reason: step.value});
      response.end("data: [DONE]\n\n");
    } else {
      response.writeHead(200, {"content-type": "application/json"});
      response.end(JSON.stringify({...head, object: shape.object, choices: [{index: 0, ...shape.whole(text), finish_reason: step.value}]}));
    }
  });
}

const server = http.createServer((request, response) => answer(request, response).catch((error) => {
  console.error(error);
  response.headersSent ? response.destroy() : refuse(response, 500, String(error));
}));
server.listen(Number(port), "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${server.address().port}/v1 with ${name}`));

// A client of the mesh in Node, made from protos/ alone: the proto files are read when it starts.
//
//   npm ci && node client.mjs HOST:PORT OUT.png
//
// Makes one pair, reads what is wrong with a bad request, makes a data set of two pairs and watches it. The last line is one JSON object.
// SYNCXR_TOKEN is sent as bearer token where the mesh asks for one. With SYNCXR_CA_FILE the mesh is called over TLS, and this certificate
// authority (PEM) is trusted, and no other.
import {createHash} from "node:crypto";
import {readFileSync, writeFileSync} from "node:fs";
import path from "node:path";
import {fileURLToPath} from "node:url";
import {promisify} from "node:util";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const [address, imageFile] = process.argv.slice(2);
const protos = fileURLToPath(new URL("../../../protos", import.meta.url));
const areas = ["report", "diffusion", "curation", "dataset"].map((area) => `syncxr/${area}/v1/${area}.proto`);
const contracts = loader.loadSync([...areas, "google/rpc/status.proto", "google/rpc/error_details.proto"], {
  includeDirs: [protos, path.join(protos, "third_party")], longs: String, enums: String, defaults: true, oneofs: true,
});
const {syncxr} = grpc.loadPackageDefinition(contracts);
const authority = process.env.SYNCXR_CA_FILE;
const transport = authority ? grpc.credentials.createSsl(readFileSync(authority)) : grpc.credentials.createInsecure();
const open = (Client) => new Client(address, transport, {"grpc.max_receive_message_length": 32 << 20});
const reports = open(syncxr.report.v1.ReportService);
const images = open(syncxr.diffusion.v1.DiffusionService);
const curation = open(syncxr.curation.v1.CurationService);
const datasets = open(syncxr.dataset.v1.DatasetService);

const identity = new grpc.Metadata();
if (process.env.SYNCXR_TOKEN) identity.set("authorization", `Bearer ${process.env.SYNCXR_TOKEN}`);
const soon = () => ({deadline: new Date(Date.now() + 120_000)});
const unary = (client, method, request) => promisify(client[method].bind(client))(request, identity, soon());
const stream = (client, method, request) => client[method](request, identity, soon());

/** The google.rpc.Status that a refusal carries, as reason, field and problem. */
function details(error) {
  const read = (name, bytes) => contracts[name].deserialize(bytes);
  const told = {code: grpc.status[error.code]};
  for (const packed of read("google.rpc.Status", error.metadata.get("grpc-status-details-bin")[0]).details) {
    const name = packed.type_url.split("/").pop();
    const detail = read(name, packed.value);
    if (name === "google.rpc.ErrorInfo") Object.assign(told, {reason: detail.reason, domain: detail.domain});
    if (name === "google.rpc.BadRequest") Object.assign(told, {field: detail.fieldViolations[0].field, problem: detail.fieldViolations[0].description});
    if (name === "google.rpc.RetryInfo") told.retryAfter = Number(detail.retryDelay.seconds) + detail.retryDelay.nanos / 1e9;
  }
  return told;
}

const result = {};

// Where the mesh asks who calls, nobody is served without a token.
if (process.env.SYNCXR_TOKEN) {
  try {
    await promisify(reports.listModels.bind(reports))({}, new grpc.Metadata(), soon());
  } catch (error) {
    result.stranger = details(error);
    console.log(result.stranger);
  }
}

// One pair: a report, written word by word …
let report, step = "";
for await (const event of stream(reports, "generateReport", {spec: {entities: ["abnormality/consolidation", "anatomy/left-lower-lobe"], seed: "7"}})) {
  if (event.token) process.stdout.write((event.token.step === step ? "" : `\n${(step = event.token.step)}: `) + event.token.text);
  if (event.report) report = event.report;
}
console.log();

// … an image of its impression, step by step …
let image;
const parts = [];
for await (const event of stream(images, "generateImage", {spec: {prompt: report.impression, seed: "7"}})) {
  if (event.part) parts.push(event.part.data);
  if (event.image) image = event.image;
}
const png = Buffer.concat(parts);
if (createHash("sha256").update(png).digest("hex") !== image.sha256) throw new Error("the image is not what its digest says");
writeFileSync(imageFile, png);
console.log(`image: ${image.width} x ${image.height}, ${png.length} bytes`);

// … and what the curation says of it.
const {verdict} = await unary(curation, "assessImage", {image: {content: png}, generator: image.generator.model});
console.log(verdict.accepted ? "accepted" : `rejected: ${verdict.reasons.join(", ")}`);
result.pair = {findings: report.findings, impression: report.impression, sha256: image.sha256, accepted: verdict.accepted};

// A refusal says which field is wrong, and how.
try {
  await unary(reports, "writeReport", {spec: {entities: ["abnormality/no-such"]}});
} catch (error) {
  result.error = details(error);
  console.log(result.error);
}

// A data set is a resource with a state; Watch tells each change until it is sealed.
let {dataset} = await unary(datasets, "createDataset", {spec: {pairs: 2, seed: "7", preset: "demo"}});
for await (const answer of stream(datasets, "watchDataset", {name: dataset.name})) {
  dataset = answer.dataset;
  console.log(dataset.name, dataset.state, dataset.counts.accepted, "of", dataset.spec.pairs);
}
result.dataset = {name: dataset.name, state: dataset.state, root: dataset.root};
console.log(JSON.stringify(result));
for (const client of [reports, images, curation, datasets]) client.close();

// Images from a service that is full: what gRPC itself brings is enough. The retry policy of the service config, with the most attempts that
// gRPC allows; a refused call comes again when the server's push-back says so.
//
//   npm ci && node patient.mjs HOST:PORT CALLS
//
// Begins all calls at once and prints how many got their image, then what became of the others.
import path from "node:path";
import {fileURLToPath} from "node:url";
import grpc from "@grpc/grpc-js";
import loader from "@grpc/proto-loader";

const [address, calls] = process.argv.slice(2);
const protos = fileURLToPath(new URL("../../../protos", import.meta.url));
const {syncxr} = grpc.loadPackageDefinition(loader.loadSync("syncxr/diffusion/v1/diffusion.proto", {
  includeDirs: [protos, path.join(protos, "third_party")], longs: String, oneofs: true,
}));
const retryPolicy = {maxAttempts: 5, initialBackoff: "1s", maxBackoff: "10s", backoffMultiplier: 2, retryableStatusCodes: ["UNAVAILABLE"]};
const images = new syncxr.diffusion.v1.DiffusionService(address, grpc.credentials.createInsecure(), {
  "grpc.service_config": JSON.stringify({methodConfig: [{name: [{}], retryPolicy}]}),
});

const draw = async (seed) => {
  let image;
  for await (const event of images.generateImage({spec: {prompt: "Clear lungs.", seed}})) image = event.image ?? image;
  if (!image) throw new Error("the stream ended without an image");
};
const ends = await Promise.allSettled(Array.from({length: Number(calls)}, (_, i) => draw(2_000_000 + i)));
const failed = ends.filter((end) => end.status === "rejected");
console.log(`${ends.length - failed.length} of ${ends.length} images`);
for (const {reason} of failed) console.log(reason.message);
images.close();
process.exitCode = failed.length > 0 ? 1 : 0;

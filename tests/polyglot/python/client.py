"""A client of the mesh in Python, made from protos/ alone (see generate.sh).

    /usr/bin/python3 client.py HOST:PORT OUT.png

Makes one pair, reads what is wrong with a bad request, makes a data set of two pairs and watches it. The last line is one JSON object.
SYNCXR_TOKEN is sent as bearer token where the mesh asks for one. With SYNCXR_CA_FILE the mesh is called over TLS, and this certificate
authority (PEM) is trusted, and no other.
"""
import hashlib
import json
import os
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent / "generated"))

import grpc
from google.rpc import error_details_pb2, status_pb2
from syncxr.curation.v1 import curation_pb2, curation_pb2_grpc
from syncxr.dataset.v1 import dataset_pb2, dataset_pb2_grpc
from syncxr.diffusion.v1 import diffusion_pb2, diffusion_pb2_grpc
from syncxr.report.v1 import report_pb2, report_pb2_grpc

address, image_file = sys.argv[1:]
options = [("grpc.max_receive_message_length", 32 << 20)]
authority = os.environ.get("SYNCXR_CA_FILE")
channel = (grpc.secure_channel(address, grpc.ssl_channel_credentials(Path(authority).read_bytes()), options=options) if authority
           else grpc.insecure_channel(address, options=options))
token = os.environ.get("SYNCXR_TOKEN")
call = {"timeout": 120, "metadata": [("authorization", f"Bearer {token}")] if token else []}
result = {}


def details(error):
    """The google.rpc.Status that a refusal carries, as reason, field and problem."""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())["grpc-status-details-bin"])
    told = {"code": error.code().name}
    for packed in status.details:
        info, bad, retry = error_details_pb2.ErrorInfo(), error_details_pb2.BadRequest(), error_details_pb2.RetryInfo()
        if packed.Unpack(info):
            told |= {"reason": info.reason, "domain": info.domain}
        elif packed.Unpack(bad):
            told |= {"field": bad.field_violations[0].field, "problem": bad.field_violations[0].description}
        elif packed.Unpack(retry):
            told["retry_after"] = retry.retry_delay.ToMilliseconds() / 1000
    return told


# Where the mesh asks who calls, nobody is served without a token.
if token:
    try:
        report_pb2_grpc.ReportServiceStub(channel).ListModels(report_pb2.ListModelsRequest(), timeout=120)
    except grpc.RpcError as error:
        result["stranger"] = details(error)
        print(result["stranger"])

# One pair: a report, written word by word …
spec = report_pb2.ReportSpec(entities=["abnormality/consolidation", "anatomy/left-lower-lobe"], seed=7)
step = ""
for event in report_pb2_grpc.ReportServiceStub(channel).GenerateReport(report_pb2.GenerateReportRequest(spec=spec), **call):
    if event.WhichOneof("event") == "token":
        if event.token.step != step:
            step = event.token.step
            print(f"\n{step}: ", end="")
        print(event.token.text, end="", flush=True)
    elif event.WhichOneof("event") == "report":
        report = event.report
print()

# … an image of its impression, step by step …
png = bytearray()
spec = diffusion_pb2.ImageSpec(prompt=report.impression, seed=7)
for event in diffusion_pb2_grpc.DiffusionServiceStub(channel).GenerateImage(diffusion_pb2.GenerateImageRequest(spec=spec), **call):
    if event.WhichOneof("event") == "part":
        png += event.part.data
    elif event.WhichOneof("event") == "image":
        image = event.image
assert hashlib.sha256(png).hexdigest() == image.sha256
Path(image_file).write_bytes(png)
print(f"image: {image.width} x {image.height}, {len(png)} bytes")

# … and what the curation says of it.
request = curation_pb2.AssessImageRequest(image=curation_pb2.ImageSource(content=bytes(png)), generator=image.generator.model)
verdict = curation_pb2_grpc.CurationServiceStub(channel).AssessImage(request, **call).verdict
print("accepted" if verdict.accepted else "rejected: " + ", ".join(verdict.reasons))
result["pair"] = {"findings": report.findings, "impression": report.impression, "sha256": image.sha256, "accepted": verdict.accepted}

# A refusal says which field is wrong, and how.
try:
    report_pb2_grpc.ReportServiceStub(channel).WriteReport(report_pb2.WriteReportRequest(spec={"entities": ["abnormality/no-such"]}), **call)
except grpc.RpcError as error:
    result["error"] = details(error)
    print(result["error"])

# A data set is a resource with a state; Watch tells each change until it is sealed.
datasets = dataset_pb2_grpc.DatasetServiceStub(channel)
dataset = datasets.CreateDataset(dataset_pb2.CreateDatasetRequest(spec={"pairs": 2, "seed": 7, "preset": "demo"}), **call).dataset
for answer in datasets.WatchDataset(dataset_pb2.WatchDatasetRequest(name=dataset.name), **call):
    dataset = answer.dataset
    print(dataset.name, dataset_pb2.DatasetState.Name(dataset.state), dataset.counts.accepted, "of", dataset.spec.pairs)
result["dataset"] = {"name": dataset.name, "state": dataset_pb2.DatasetState.Name(dataset.state), "root": dataset.root}
print(json.dumps(result))

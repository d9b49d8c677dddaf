using System.Runtime.InteropServices;
using Grpc.Core;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Digests;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Hosting.Calls;
using SynCxr.Mesh.Imaging;
using SynCxr.Mesh.Objects;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Testkit.Balancers;

/// <summary>A judge that decides by the hash of the pixels: some images are bad, and some are near-duplicates.</summary>
internal sealed class CurationPeer(PeerOptions settings, IObjectStore objects) : CurationService.CurationServiceBase
{
    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context) =>
        Task.FromResult(new ListModelsResponse
        {
            Models =
            {
                new ModelDescription
                {
                    Name = "hash",
                    Version = "1",
                    Kind = ModelKind.QualityJudge,
                    Digest = new string('d', 64),
                    Engine = "hash",
                    Deterministic = true,
                    Fingerprint = "any",
                    MemorisationChecks =
                    {
                        new MemorisationCheck
                        {
                            Generator = "noise", HasIndex = settings.HasMemorisationIndex, IndexDigest = settings.IndexDigest,
                        },
                        new MemorisationCheck { Generator = "fixed-cost", HasIndex = settings.HasMemorisationIndex },
                    },
                },
                Encoders(),
                Aligners(),
            },
            Banks =
            {
                Bank("blurred", 'e', 0.9), Bank("raw", 'e', null), Bank("of-judge", 'd', 0.8), Bank("broken", 'e', 0.9, "is missing"),
            },
            AlignmentExamples = FindExamples(request.Alignment),
        });

    public override async Task<AssessImageResponse> AssessImage(AssessImageRequest request, ServerCallContext context)
    {
        await settings.SimulateCallAsync(context.CancellationToken);
        Record("assess", request.Embedding, request.Bank);
        settings.BeforeVerdict?.Invoke(request.Image.Ref.Sha256);
        var bytes = await objects.GetAsync(ObjectAddress.From(request.Image.Ref, RequestContext.Current.Tenant, "image.ref"),
            context.CancellationToken);
        var hash = PeerOptions.Hash(Sha256Digest.HexOf(ImageCodec.DecodeGray(bytes, "image").Pixels));
        var isGood = settings.RejectImageEvery == 0 || hash % settings.RejectImageEvery != 0;
        var verdict = new CurationVerdict
        {
            Accepted = isGood,
            Answers = { new QualityAnswer { Question = "is_good_quality", Yes = isGood, Score = isGood ? 0.9 : 0.1, Threshold = 0.5 } },
            Judge = new Producer { Model = "hash", Version = "1" },
        };
        if (request.Memorisation == MemorisationPolicy.LeftOut)
            verdict.Memorisation = "not checked (no index)";
        if (settings.JudgeServedModel is { } served)
            verdict.ServedModel = served;
        if (!isGood)
            verdict.Reasons.Add("question:is_good_quality");
        if (request.Alignment is { } question && !settings.IgnoresAlignment)
            AddAlignment(verdict, question, hash);
        var angle = hash / 7 % settings.DistinctImages * (Math.PI / settings.DistinctImages);
        return new AssessImageResponse { Verdict = verdict, Embedding = { (float)Math.Cos(angle), (float)Math.Sin(angle) } };
    }

    public override async Task<AssessCanaryResponse> AssessCanary(AssessCanaryRequest request, ServerCallContext context)
    {
        if (settings.IsWrongAbout is null)
            throw MeshException.NotFound("canaries");
        await settings.SimulateCallAsync(context.CancellationToken);
        var isGood = request.Number % 2 == 0;
        return new AssessCanaryResponse
        {
            Name = $"{(isGood ? "good" : "bad")}/{request.Number}",
            IsGood = isGood,
            Verdict = new CurationVerdict { Accepted = isGood != settings.IsWrongAbout(request.Number) },
        };
    }

    public override async Task<FindDuplicatesResponse> FindDuplicates(FindDuplicatesRequest request, ServerCallContext context)
    {
        await settings.SimulateCallAsync(context.CancellationToken);
        Record("duplicates", request.Embedding, null);
        settings.BeforeDuplicates?.Invoke();
        if (settings.DuplicatesFailure is { } failure)
            throw failure;
        var kept = new List<(long Index, float[] Values)>();
        foreach (var block in request.Accepted)
        {
            var bytes = await objects.GetAsync(ObjectAddress.From(block.Ref, RequestContext.Current.Tenant, "accepted.ref"),
                context.CancellationToken);
            var values = MemoryMarshal.Cast<byte, float>(bytes).ToArray();
            kept.AddRange(block.Indexes.Select((index, i) => (index, values[(i * 2)..((i * 2) + 2)])));
        }

        var response = new FindDuplicatesResponse();
        foreach (var candidate in request.Candidates)
        {
            var mine = candidate.Values.ToArray();
            var nearest = kept.FirstOrDefault(k => k.Values.SequenceEqual(mine));
            if (nearest.Values is null)
                kept.Add((candidate.Index, mine));
            else
                response.Duplicates.Add(new Duplicate
                {
                    Index = candidate.Index,
                    Likeness = new Likeness
                    {
                        Check = "near_duplicate",
                        Similarity = 1,
                        Threshold = 0.9999,
                        Nearest = $"{nearest.Index}",
                        Refused = true,
                    },
                });
        }

        return response;
    }

    /// <summary>A cosine that follows from pixels and texts: 0.00 to 0.99.</summary>
    private void AddAlignment(CurationVerdict verdict, AlignmentQuestion question, ulong pixels)
    {
        settings.AlignedTexts.Add([.. question.Texts]);
        var cosine = PeerOptions.Hash($"{pixels} {string.Join('|', question.Texts)}") % 100 / 100.0;
        verdict.Alignment = new ReportAlignment
        {
            Similarity = cosine,
            Refused = question.HasThreshold && cosine < question.Threshold,
            Model = new Producer { Model = question.Model.Name, Version = "1", Digest = question.Model.Digest },
        };
        if (question.HasThreshold)
            verdict.Alignment.Threshold = question.Threshold;
        if (!verdict.Alignment.Refused)
            return;
        verdict.Accepted = false;
        verdict.Reasons.Insert(0, "misaligned");
    }

    private AlignmentExamples? FindExamples(string aligner)
    {
        if (aligner.Length > 0 && (aligner != "aligner" || !settings.HasAligner))
            throw MeshException.Invalid("alignment", $"Unknown image-text model '{aligner}'. This replica has aligner.");
        return aligner.Length == 0 || !settings.HasAlignmentExamples ? null : new AlignmentExamples
        {
            Model = aligner,
            Digest = new string('f', 64),
            DataDigest = new string('9', 64),
            Matched = { Enumerable.Range(1, 20).Select(i => i / 20.0) },
            Shuffled = { new double[10] },
        };
    }

    private IEnumerable<ModelDescription> Aligners() => !settings.HasAligner ? [] :
    [
        new ModelDescription
        {
            Name = "aligner",
            Version = "1",
            Kind = ModelKind.VisionLanguage,
            Digest = new string('f', 64),
            Engine = "hash",
            Deterministic = true,
            Fingerprint = "any",
        },
    ];

    private IEnumerable<ModelDescription> Encoders() => !settings.HasEncoder ? [] :
    [
        new ModelDescription
        {
            Name = "features",
            Version = "1",
            Kind = ModelKind.ImageEncoder,
            Digest = new string('e', 64),
            Engine = "hash",
            Deterministic = true,
            Fingerprint = "any",
        },
    ];

    private static BankDescription Bank(string name, char encoder, double? threshold, string problem = "")
    {
        var bank = new BankDescription
        {
            Name = name,
            Digest = new string('b', 64),
            EncoderDigest = new string(encoder, 64),
            Problem = problem,
        };
        if (threshold is { } cosine)
            bank.Threshold = cosine;
        return bank;
    }

    private void Record(string call, PinnedName? embedding, PinnedName? bank) =>
        settings.FeatureChoices[$"{call} {Describe(embedding)} {Describe(bank)}"] = true;

    private static string Describe(PinnedName? name) => name is null ? "own" : $"{name.Name}:{name.Digest[..1]}";
}

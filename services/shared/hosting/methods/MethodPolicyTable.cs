using Google.Protobuf.Reflection;
using SynCxr.Mesh.Balancer.V1;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Dataset.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Evaluator.V1;
using SynCxr.Mesh.Hosting.Identity;
using SynCxr.Mesh.Report.V1;
using SynCxr.Mesh.Trainer.V1;

namespace SynCxr.Mesh.Hosting.Methods;

/// <summary>Role and size of every RPC of the contracts; a test holds that none is missing.</summary>
internal static class MethodPolicyTable
{
    private const int Kibi = 1024, Mebi = 1024 * 1024;

    public static IReadOnlyList<MethodPolicy> All { get; } =
    [
        // a glossary has up to 65,536 entities
        .. Describe(ReportService.Descriptor,
            ("GenerateReport", RoleNames.Generate, 8 * Mebi, 500_000),
            ("WriteReport", RoleNames.Generate, 8 * Mebi, 500_000),
            ("ExtractEntities", RoleNames.Generate, 8 * Mebi, 500_000),
            ("LabelReport", RoleNames.Generate, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("EmbedTexts", RoleNames.Generate, 9 * Mebi, MethodPolicy.UsualEntries), // 64 pairs of 64 KiB each
            ("ListModels", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        // an image to begin with and a mask; schedules of 1,000 steps
        .. Describe(DiffusionService.Descriptor,
            ("GenerateImage", RoleNames.Generate, MeshHost.MaxMessageBytes, MethodPolicy.UsualEntries),
            ("RenderImage", RoleNames.Generate, MeshHost.MaxMessageBytes, MethodPolicy.UsualEntries),
            ("ListModels", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        // an image of 16 MiB, in JSON a third larger; 64 images; 4,096 candidates with their features
        .. Describe(CurationService.Descriptor,
            ("AssessImage", RoleNames.Generate, 24 * Mebi, MethodPolicy.UsualEntries),
            ("AssessCanary", RoleNames.Generate, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("EmbedImages", RoleNames.Generate, MeshHost.MaxMessageBytes, MethodPolicy.UsualEntries),
            ("FindDuplicates", RoleNames.Generate, MeshHost.MaxMessageBytes, 1_000_000),
            ("ListModels", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        // a vocabulary has up to 500,000 entities
        .. Describe(BalancerService.Descriptor,
            ("CreateVocabulary", RoleNames.Generate, MeshHost.MaxMessageBytes, 1_000_000),
            ("ListVocabularies", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListEntities", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("SampleEntitySets", RoleNames.Generate, 8 * Mebi, 500_000)),
        // a spec of 1 MiB, with a weight for each of many entities, and room to say that it is larger
        .. Describe(DatasetService.Descriptor,
            ("CreateDataset", RoleNames.Generate, 4 * Mebi, 500_000),
            ("GetDataset", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListDatasets", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("WatchDataset", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("CancelDataset", RoleNames.Generate, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ResumeDataset", RoleNames.Generate, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListPairs", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListDatasetFiles", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ReadDatasetFile", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        .. Describe(TrainerService.Descriptor,
            ("CreateTraining", RoleNames.Train, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("GetTraining", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListTrainings", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("WatchTraining", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ReadTrainingCurve", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("CancelTraining", RoleNames.Train, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListRecipes", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        .. Describe(EvaluatorService.Descriptor,
            ("CreateEvaluation", RoleNames.Train, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("GetEvaluation", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListEvaluations", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("WatchEvaluation", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("CancelEvaluation", RoleNames.Train, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ReadArtifact", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries),
            ("ListModels", RoleNames.Read, MethodPolicy.UsualBytes, MethodPolicy.UsualEntries)),
        .. Grpc.Health.V1.Health.Descriptor.Methods.Select(m => new MethodPolicy(m, RoleNames.Read, Kibi, MethodPolicy.UsualEntries)),
    ];

    private static IEnumerable<MethodPolicy> Describe(ServiceDescriptor service,
        params (string Method, string Role, int Bytes, int Entries)[] rows) => rows.Select(row => new MethodPolicy(
            service.FindMethodByName(row.Method) ?? throw new InvalidOperationException($"{service.FullName} has no method {row.Method}."),
            row.Role, row.Bytes, row.Entries));
}

using System.CommandLine;
using SynCxr.Mesh.Cli.Connect;
using SynCxr.Mesh.Curation.V1;
using SynCxr.Mesh.Diffusion.V1;
using SynCxr.Mesh.Errors;
using SynCxr.Mesh.Models;
using SynCxr.Mesh.Resource.V1;

namespace SynCxr.Mesh.Cli.Commands.Model;

/// <summary>The models that <c>model report</c> names. A mesh in this process runs with those that are found as folders.</summary>
internal sealed class ModelReportArguments
{
    private readonly List<string> _settings = [];
    private readonly string? _kind;

    public ModelReportArguments(ParseResult parsed, string name, string generator, string judge)
    {
        var measured = ModelFolderCommands.FindModel(parsed, name);
        Name = measured?.Card.Name ?? name;
        _kind = measured?.Card.Kind;
        Generator = ResolveModel(FindOrDefault(generator, ModelKindNames.LatentDiffusion), generator);
        Judge = ResolveModel(FindOrDefault(judge, ModelKindNames.QualityJudge), judge);

        ModelFolder? FindOrDefault(string given, string kind) =>
            given.Length > 0 ? ModelFolderCommands.FindModel(parsed, given) : _kind == kind ? measured : null;
    }

    /// <summary>Name of the model that is measured.</summary>
    public string Name { get; }

    /// <summary>Name of the generator; empty for the mesh's default.</summary>
    public string Generator { get; }

    /// <summary>Name of the judge; empty for the mesh's default.</summary>
    public string Judge { get; }

    /// <summary>The settings that a mesh in this process needs to run with these models.</summary>
    public IReadOnlyList<string> Settings => _settings;

    /// <summary>Whether the measured model is a generator or a judge; asks the mesh where it was not found as a folder.</summary>
    /// <exception cref="MeshException">INVALID_FIELD: the model is neither here nor in the mesh.</exception>
    public async Task<bool> IsGeneratorAsync(MeshConnection mesh, CancellationToken cancellation)
    {
        if (_kind is not null)
            return _kind == ModelKindNames.LatentDiffusion;
        var generators = (await new DiffusionService.DiffusionServiceClient(mesh.Invoker).ListModelsAsync(
            new Diffusion.V1.ListModelsRequest(), cancellationToken: cancellation)).Models;
        if (generators.Any(m => m.Name == Name))
            return true;
        var judges = (await new CurationService.CurationServiceClient(mesh.Invoker).ListModelsAsync(new Curation.V1.ListModelsRequest(),
            cancellationToken: cancellation)).Models;
        if (judges.Any(m => m.Name == Name && m.Kind == ModelKind.QualityJudge))
            return false;
        var known = string.Join(", ", generators.Concat(judges).Select(m => m.Name));
        throw MeshException.Invalid("name", $"The model '{Name}' is neither a folder here nor one that the mesh runs, which are {known}.");
    }

    private string ResolveModel(ModelFolder? folder, string name)
    {
        if (folder is null)
            return name;
        _settings.AddRange(folder.Card.Kind == ModelKindNames.LatentDiffusion
            ? [$"Diffusion:ModelPaths:0={folder.Path}", $"Curation:GeneratorPaths:0={folder.Path}"]
            : [$"Curation:ModelPath={folder.Path}"]);
        return folder.Card.Name;
    }
}
